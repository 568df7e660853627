import { TenantsController } from './tenants.controller.js';
import { pathsOf } from '../../openapi/described-controller.js';
import { json, type Paths, ref } from '../../openapi/document.js';

const text = { type: 'string' };
const tenant = {
  type: 'object',
  required: ['name', 'state', 'created', 'fhirBase', 'issuer'],
  properties: {
    name: text,
    state: { type: 'string', enum: ['active', 'suspended'] },
    created: { type: 'string', format: 'date-time' },
    fhirBase: text,
    issuer: text,
  },
};
const failed = { default: ref('responses', 'OAuthFailed') };
const sent = (properties: Readonly<Record<string, object>>, required: readonly string[]) => ({
  required: true,
  content: json({ type: 'object', properties, required, additionalProperties: false }),
});

/** Routes of the operator, for the OpenAPI document of `default`. */
export const tenantPaths = (): Paths =>
  pathsOf(
    TenantsController,
    { prefix: '', tag: 'Server' },
    {
      list: {
        summary: 'List tenants',
        responses: {
          '200': {
            description: 'Tenants.',
            content: json({ type: 'object', properties: { tenants: { type: 'array', items: tenant } } }),
          },
          ...failed,
        },
      },
      create: {
        summary: 'Make a tenant and its first administrator',
        requestBody: sent({ name: text, administrator: text, password: text }, ['name']),
        responses: {
          '201': {
            description: 'The tenant, and the password of its administrator if one was made up.',
            content: json({ ...tenant, properties: { ...tenant.properties, administrator: text, password: text } }),
          },
          ...failed,
        },
      },
      read: {
        summary: 'Read a tenant',
        responses: { '200': { description: 'The tenant.', content: json(tenant) }, ...failed },
      },
      change: {
        summary: 'Suspend a tenant, or let it answer again',
        requestBody: sent({ state: { type: 'string', enum: ['active', 'suspended'] } }, ['state']),
        responses: { '200': { description: 'The tenant.', content: json(tenant) }, ...failed },
      },
    },
  );
