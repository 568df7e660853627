import { z } from 'zod';
import { json, type Operation, ref, type RequestBody, type Schema } from './document.js';

export const text = { type: 'string' };
export const texts = { type: 'array', items: text };

/** The very schema that the body is checked with; what JSON Schema cannot say, and the depths of any JSON, are left out. */
export function formOf(form: z.ZodType): Schema {
  const { $schema: _, $defs: __, ...schema } = z.toJSONSchema(form, { io: 'input', unrepresentable: 'any' });
  return JSON.parse(JSON.stringify(schema), withoutDepths) as Schema;
}

const withoutDepths = (_name: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && '$ref' in value ? {} : value;

export const body = (form: z.ZodType, required = true): RequestBody => ({ required, content: json(formOf(form)) });
export const object = (properties: Readonly<Record<string, Schema>>, required = Object.keys(properties)): Schema => ({
  type: 'object',
  properties,
  required,
});

export const told = (description: string, schema: Schema, status = '200'): Operation['responses'] => ({
  [status]: { description, content: json(schema) },
  default: ref('responses', 'OAuthFailed'),
});
export const done: Operation['responses'] = {
  '204': { description: 'Done.' },
  default: ref('responses', 'OAuthFailed'),
};

export const list = (name: string, items: Schema): Schema =>
  object({ [name]: { type: 'array', items }, next: text }, [name]);
