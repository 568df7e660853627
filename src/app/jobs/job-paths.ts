import { pathsOf } from '../../openapi/described-controller.js';
import { json, type Paths, ref } from '../../openapi/document.js';
import { JobsController } from './jobs.controller.js';

const text = { type: 'string' };
const count = { type: 'number' };
const job = {
  type: 'object',
  properties: {
    id: text,
    kind: text,
    operation: text,
    requester: text,
    state: { type: 'string', enum: ['waiting', 'running', 'done'] },
    status: { type: 'integer' },
    progress: text,
    before: {
      type: 'integer',
      description: 'Jobs that a free server takes before this one; null unless it waits for one.',
    },
    retryIn: { type: 'integer', description: 'Seconds until it is tried again; null unless it is put off.' },
    created: { type: 'string', format: 'date-time' },
    finished: { type: 'string', format: 'date-time' },
    resources: count,
    bytes: count,
    totalResources: count,
    totalBytes: count,
  },
};
const indexJob = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    kind: { type: 'string', enum: ['parameters', 'reindex', 'verify', 'form'] },
    types: { type: 'array', items: text },
    state: { type: 'string', enum: ['waiting', 'running', 'done', 'failed'] },
    percent: { type: 'integer', minimum: 0, maximum: 100 },
    reason: text,
    created: { type: 'string', format: 'date-time' },
    finished: { type: 'string', format: 'date-time' },
  },
};
const jobs = {
  type: 'object',
  required: ['jobs', 'indexing'],
  properties: { jobs: { type: 'array', items: job }, indexing: { type: 'array', items: indexJob } },
};

/** Routes of the administration of jobs. */
export const jobPaths = (): Paths =>
  pathsOf(
    JobsController,
    { prefix: '', tag: 'Server' },
    {
      list: {
        summary: 'List jobs of all callers, the newest first',
        description:
          'Nothing of what is asked or answered. Beside them jobs that index what is stored, in percent. Needs admin/Job.r.',
        responses: {
          '200': { description: 'Jobs.', content: json(jobs) },
          default: ref('responses', 'OAuthFailed'),
        },
      },
      remove: {
        summary: 'Cancel a job, and remove what it has made',
        description: 'Needs admin/Job.d.',
        responses: { '204': { description: 'Done.' }, default: ref('responses', 'OAuthFailed') },
      },
    },
  );
