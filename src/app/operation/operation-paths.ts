import { AuditChainController } from './audit-chain.controller.js';
import { MetricsController } from './metrics.controller.js';
import { SettingsController } from './settings.controller.js';
import { pathsOf } from '../../openapi/described-controller.js';
import { json, type Paths, ref } from '../../openapi/document.js';

const text = { type: 'string' };
const count = { type: 'integer' };
const is = { type: 'boolean' };
const failed = { default: ref('responses', 'OAuthFailed') };
const setting = {
  type: 'object',
  required: ['name', 'task', 'isSet', 'isSecret'],
  properties: { name: text, task: text, isSet: is, value: text, unset: text, isSecret: is, isOwn: is },
};
const place = { prefix: '', tag: 'Server' } as const;

/** Verification of the audit trail, for the OpenAPI document. */
export const auditChainPaths = (): Paths =>
  pathsOf(AuditChainController, place, {
    verify: {
      summary: 'Verify that AuditEvents are as they were sealed',
      description: 'It reads all of them; `fault` is the first thing that is wrong. Needs admin/Audit.r.',
      responses: {
        '200': {
          description: 'What was found.',
          content: json({
            type: 'object',
            required: ['at', 'checked', 'erased', 'unsealed', 'end'],
            properties: {
              at: { type: 'string', format: 'date-time' },
              checked: count,
              erased: count,
              unsealed: count,
              end: text,
              fault: text,
            },
          }),
        },
        ...failed,
      },
    },
  });

/** Settings, for the OpenAPI document. */
export const settingsPaths = (): Paths =>
  pathsOf(SettingsController, place, {
    list: {
      summary: 'List the settings in effect',
      description:
        'Of secrets only whether they are set. At a tenant those that it may have of its own; `isOwn` says whether it has. Needs admin/Job.r.',
      responses: {
        '200': {
          description: 'Settings, in the order of the documentation.',
          content: json({
            type: 'object',
            required: ['settings'],
            properties: { settings: { type: 'array', items: setting } },
          }),
        },
        ...failed,
      },
    },
  });

/** Addresses about the whole process; the OpenAPI document of `default` alone has them. */
export const operationPaths = (): Paths =>
  pathsOf(MetricsController, place, {
    read: {
      summary: 'Read the metrics of the process that answers',
      description: 'The text format of Prometheus; 404 without METRICS_PORT. Needs admin/Job.r.',
      responses: { '200': { description: 'Metrics.', content: { 'text/plain': { schema: text } } }, ...failed },
    },
  });
