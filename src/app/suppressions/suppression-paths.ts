import { z } from 'zod';
import { pathsOf } from '../../openapi/described-controller.js';
import { json, type Paths, ref, type Schema } from '../../openapi/document.js';
import { suppressionRuleForm } from '../../r4/validation/suppression/read-suppression-rule.js';
import { SuppressionsController } from './suppressions.controller.js';

const form = JSON.parse(
  JSON.stringify(z.toJSONSchema(suppressionRuleForm.omit({ name: true }), { io: 'input' })),
) as Schema & { properties: Readonly<Record<string, Schema>> };
const text = { type: 'string' };
const rule: Schema = {
  type: 'object',
  properties: {
    ...form.properties,
    name: text,
    version: { type: 'integer' },
    changedBy: text,
    changedAt: { type: 'string', format: 'date-time' },
    isOver: { type: 'boolean', description: 'Its time is over: it does not count any more.' },
  },
  required: ['name', 'code', 'reason', 'until', 'version', 'changedBy', 'changedAt', 'isOver'],
};
const told = (description: string, schema: Schema) => ({
  '200': { description, content: json(schema) },
  default: ref('responses', 'OAuthFailed'),
});
const ifMatch = {
  name: 'If-Match',
  in: 'header' as const,
  description: 'Only in the place of this version.',
  schema: text,
};

/** Routes of suppression rules, for the OpenAPI document. */
export const suppressionPaths = (): Paths =>
  pathsOf(
    SuppressionsController,
    { prefix: '', tag: 'Packages' },
    {
      list: {
        summary: 'List the rules that let findings of validation pass',
        responses: told('Rules.', {
          type: 'object',
          properties: { rules: { type: 'array', items: rule } },
          required: ['rules'],
        }),
      },
      read: { summary: 'Read a suppression rule', responses: told('The rule.', rule) },
      put: {
        summary: 'Let findings of validation pass for a time',
        description: 'A finding that matches becomes information, which names the rule, its reason and its end.',
        parameters: [ifMatch],
        requestBody: { required: true, content: json(form) },
        responses: told('The rule as it is now.', rule),
      },
      remove: {
        summary: 'Remove a suppression rule',
        parameters: [ifMatch],
        responses: { '204': { description: 'Done.' }, default: ref('responses', 'OAuthFailed') },
      },
    },
  );
