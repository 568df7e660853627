import { BreakGlassController } from './break-glass.controller.js';
import { TenantsController } from './tenants.controller.js';
import { paging } from '../../openapi/administration-paths.js';
import { pathsOf } from '../../openapi/described-controller.js';
import { json, type Paths, ref } from '../../openapi/document.js';

const text = { type: 'string' };
const limit = (description: string, type: unknown = 'integer') => ({ type, minimum: 1, description });
const limits = (type?: unknown) => ({
  type: 'object',
  properties: {
    requests: limit('Requests a second that one server process answers.', type),
    resources: limit('Live resources, AuditEvents apart.', type),
    bytes: limit('Bytes of all versions and of the contents of Binaries.', type),
    jobs: limit('Jobs under way at once.', type),
    exports: limit('Bytes of the files of exports that are kept.', type),
  },
});
const tenant = {
  type: 'object',
  required: ['name', 'state', 'created', 'fhirBase', 'issuer', 'limits'],
  properties: {
    name: text,
    state: { type: 'string', enum: ['active', 'suspended', 'importing', 'erasing'] },
    created: { type: 'string', format: 'date-time' },
    fhirBase: text,
    issuer: text,
    limits: limits(),
    usage: { type: 'object', properties: { resources: { type: 'integer' }, bytes: { type: 'integer' } } },
  },
};
const failed = { default: ref('responses', 'OAuthFailed') };
const sent = (properties: Readonly<Record<string, object>>, required: readonly string[]) => ({
  required: true,
  content: json({ type: 'object', properties, required, additionalProperties: false }),
});

const lookPaths = (): Paths =>
  pathsOf(
    BreakGlassController,
    { prefix: '', tag: 'Server' },
    {
      open: {
        summary: 'Get a token to look into a tenant, which sees it',
        description: 'Where TENANT_BREAK_GLASS is on. It reads, for a quarter of an hour.',
        requestBody: sent({ reason: text, scope: text }, ['reason']),
        responses: {
          '200': {
            description: 'A token of the issuer of the tenant, and the FHIR base where it counts.',
            content: json({
              type: 'object',
              properties: {
                access_token: text,
                token_type: text,
                expires_in: { type: 'integer' },
                scope: text,
                sub: text,
                fhirBase: text,
              },
            }),
          },
          ...failed,
        },
      },
    },
  );

/** Routes of the operator, for the OpenAPI document of `default`. */
export const tenantPaths = (): Paths => ({
  ...lookPaths(),
  ...pathsOf(
    TenantsController,
    { prefix: '', tag: 'Server' },
    {
      list: {
        summary: 'List tenants',
        parameters: paging,
        responses: {
          '200': {
            description: 'Tenants in the order of their names, and the name after which the next page begins.',
            content: json({ type: 'object', properties: { tenants: { type: 'array', items: tenant }, next: text } }),
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
      erase: {
        summary: 'Erase a suspended tenant',
        description: 'It goes on after the answer; the tenant is 404 once nothing of it is left.',
        responses: { '202': { description: 'The tenant that is being erased.', content: json(tenant) }, ...failed },
      },
      change: {
        summary: 'Suspend a tenant, let it answer again, or set its limits',
        requestBody: sent(
          { state: { type: 'string', enum: ['active', 'suspended'] }, limits: limits(['integer', 'null']) },
          [],
        ),
        responses: { '200': { description: 'The tenant.', content: json(tenant) }, ...failed },
      },
    },
  ),
});
