import { ReplicasController } from './replicas.controller.js';
import { pathsOf } from '../../openapi/described-controller.js';
import { json, type Paths, ref } from '../../openapi/document.js';

const text = { type: 'string' };
const count = { type: 'integer' };
const instant = { type: 'string', format: 'date-time' };

const load = {
  type: 'object',
  description: 'On average of the last ten seconds.',
  required: ['requestsPerSecond', 'eventLoopDelay', 'poolInUse', 'poolSize', 'poolWaiting', 'memory'],
  properties: {
    requestsPerSecond: { type: 'number' },
    eventLoopDelay: { type: 'number', description: 'Milliseconds; 99 of 100 turns were no later.' },
    poolInUse: { ...count, description: 'Connections to the database at work.' },
    poolSize: { ...count, description: 'Connections that there may be.' },
    poolWaiting: { ...count, description: 'Work that waits for a connection.' },
    memory: { ...count, description: 'Bytes that the process occupies.' },
  },
};

const replica = {
  type: 'object',
  required: ['id', 'host', 'pid', 'version', 'migration', 'state', 'load', 'started', 'seen', 'answers'],
  properties: {
    id: { ...text, format: 'uuid' },
    host: { ...text, description: 'Name of its machine; in Kubernetes that of the pod.' },
    pid: count,
    version: text,
    migration: { ...text, description: 'The newest migration that it knows, those of extensions apart.' },
    state: {
      type: 'string',
      enum: ['ok', 'degraded', 'unavailable', 'draining', 'lost'],
      description: '`lost`: no sign of life for 30 seconds. After an hour without one it is not listed.',
    },
    load,
    started: instant,
    seen: { ...instant, description: 'Instant of its last sign of life.' },
    answers: { type: 'boolean', description: 'True for the process that answers.' },
  },
};

/** Replicas, for the OpenAPI document. */
export const replicaPaths = (): Paths =>
  pathsOf(
    ReplicasController,
    { prefix: '', tag: 'Server' },
    {
      list: {
        summary: 'List the processes that serve from the same database',
        description:
          'Each tells every ten seconds that it lives, its readiness and its load. The oldest first, 500 at most. Needs admin/Job.r.',
        responses: {
          '200': {
            description: 'Processes.',
            content: json({
              type: 'object',
              required: ['at', 'replicas'],
              properties: { at: instant, replicas: { type: 'array', items: replica } },
            }),
          },
          default: ref('responses', 'OAuthFailed'),
        },
      },
    },
  );
