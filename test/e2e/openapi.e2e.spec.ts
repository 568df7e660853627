// OpenAPI 3.1 of what is on (https://spec.openapis.org/oas/v3.1.1.html): valid, and nothing but what the server really has.
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { typesAt } from '../../src/fhir/operations/declaration/operation-declaration.js';
import { Operations } from '../../src/fhir/operations/operation.js';
import type { Method, OpenApiDocument, Operation, Parameter } from '../../src/openapi/document.js';
import { compartmentOwners } from '../../src/r4/model/compartments.js';
import { resourceTypes } from '../../src/r4/model/resource-types.js';
import { aSearchParameter, untilActive } from '../support/custom-parameters.js';
import { listeningModule, type RegisteredRoute } from '../support/registered-routes.js';
import { startServer, type TestServer } from '../support/server.js';

const listening = listeningModule();
let server: TestServer;
let document: OpenApiDocument;
let all: string;

beforeAll(async () => {
  server = await startServer({ REGISTRATION: 'open', CORS_ORIGINS: 'https://app.example' }, [listening.module]);
  all = server.token('user/*.cruds admin/*.cruds');
  document = await whole();
});
afterAll(() => server?.close());

const get = (path: string, headers: Readonly<Record<string, string>> = {}) => server.call('GET', path, { headers });
const whole = async (): Promise<OpenApiDocument> => JSON.parse((await get('/openapi.json')).text) as OpenApiDocument;

/** Addresses in one spelling, whatever their parameters are called. */
const unnamed = (path: string): string => path.replace(/\{\w+\}|:\w+/g, '{}');

const operationsOf = ({ paths }: OpenApiDocument): readonly (readonly [string, string, Operation])[] =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => [method.toUpperCase(), path, operation] as const),
  );

/** Routes that are not in the document. */
const exceptions: readonly (readonly [RegExp, string])[] = [
  [/ \/fhir\/r4\/\*$/, 'it refuses what no other route takes'],
  [
    /^(?!GET).* \/fhir\/r4\/(metadata|metadata\/OperationDefinition\/:code|CodeSystem\/denial-reason|\.well-known\/smart-configuration)$/,
    'refuses to write',
  ],
  [/^(?!POST).* \/fhir\/r4\/\$explain-access$/, 'tokens do not belong into addresses'],
  [/^(?!POST).* \/fhir\/r4\/(login|refresh|logout|revoke)$/, 'says how it is sent'],
  [/ \/fhir\/r4\/\S*\$:operation$/, 'operations are looked at one by one'],
  [/ \/fhir\/r4\/(:type|Patient)\/:id\/:member/, 'compartments are looked at one by one'],
  [/ \/oauth2\/interaction\/:uid/, 'pages for people, between /authorize and its answer'],
  [/ \/oauth2\/(apps|account)(\/|$)/, 'pages of the own account, for people'],
  [/ \/oauth2\/(authorize\/:uid|logout.*|login\/:id\/callback|autopilot\/:uid)$/, 'where browsers are sent to'],
  [/ \/oauth2\/organisation\//, 'the logo and colour of pages'],
  [/ \/oauth2\/(passkey\.js|smart-style-v1\.json)$/, 'files of pages and apps'],
  [/ \/\.well-known\/\S+\/\*$/, 'the address of this server is in it, and others are refused'],
  [/ \/docs\/api\/\S+$/, 'files of the page'],
  [/ \/console\/\S+$/, 'files and pages of the console'],
];

const nameOf = ({ method, url }: RegisteredRoute): string => `${method} ${url}`;

describe('routes', () => {
  /** As addresses of each type, since the document has them so. */
  const addressesOf = (url: string): readonly string[] =>
    url.includes('/:type') ? [...resourceTypes].map((type) => url.replace(':type', type)) : [url];

  it('are all in the document, but for those that have a reason not to be', () => {
    const known = new Set(operationsOf(document).map(([method, path]) => `${method} ${unnamed(path)}`));
    const missing = listening.routes
      .filter((route) => route.method !== 'HEAD' && !exceptions.some(([pattern]) => pattern.test(nameOf(route))))
      .flatMap(({ method, url }) => addressesOf(url).map((address) => `${method} ${unnamed(address)}`))
      .filter((name) => !known.has(name));
    expect(missing).toEqual([]);
  });

  it.each(exceptions)('%s is there to be left out: %s', (pattern) => {
    expect(listening.routes.some((route) => pattern.test(nameOf(route)))).toBe(true);
  });

  it('of operations are in the document on every level, by POST, and by GET where nothing changes', () => {
    const missing = server.app.get(Operations).all.flatMap(({ declaration }) => {
      const { code, level, affectsState } = declaration;
      return level
        .flatMap((one) =>
          one === 'system'
            ? [`/$${code}`]
            : typesAt(declaration, one).map((type) => `/${type}${one === 'type' ? '' : '/{id}'}/$${code}`),
        )
        .flatMap((path) => (affectsState ? ['post'] : ['get', 'post']).map((method) => [method, path] as const))
        .filter(([method, path]) => {
          const [, type = ''] = path.split('/');
          const shared = path.replace(`/${type}/`, '/{type}/');
          return [path, shared].every((one) => document.paths[`/fhir/r4${one}`]?.[method as Method] === undefined);
        });
    });
    expect(missing).toEqual([]);
  });

  it('of compartments are there for each type that has them, and for no other', () => {
    const found = Object.keys(document.paths).filter((path) => path.includes('{member}') && !path.endsWith('_search'));
    expect(found.toSorted()).toEqual(compartmentOwners.map((type) => `/fhir/r4/${type}/{id}/{member}`));
  });

  const values: Readonly<Record<string, string>> = {
    type: 'Basic',
    member: '*',
    versionId: '1',
    id: 'none',
    name: 'none',
  };
  const addressOf = (path: string): string => path.replace(/\{(\w+)\}/g, (_, name: string) => values[name]!);
  /** What answers where nothing is, and where something takes other methods. */
  const isUnknown = async (method: string, path: string): Promise<boolean> => {
    const { status, text } = await server.call(method, path, { token: all });
    return status === 405 || status === 501 || /Nothing is at |not an address of R4|is not offered/.test(text);
  };

  it.each([
    ['GET', '/fhir/r4/nothing/here'],
    ['DELETE', '/fhir/r4'],
    ['PUT', '/oauth2/policies'],
    ['GET', '/docs/nothing'],
  ])('are told from what is not there: %s %s', async (method, path) => {
    expect(await isUnknown(method, path)).toBe(true);
  });

  it('of the document are all there, as a started server answers', async () => {
    const few = JSON.parse((await get('/openapi.json?type=Binary,Observation,Patient')).text) as OpenApiDocument;
    const unknown: string[] = [];
    for (const [method, path] of operationsOf(few))
      if (await isUnknown(method, addressOf(path))) unknown.push(`${method} ${path}`);
    expect(unknown).toEqual([]);
  });
});

describe('the document', () => {
  it('is valid, and all that it refers to is there', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document) as never);
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
  });

  it('would not be valid with an operation that has no responses', async () => {
    const { valid } = await new Validator().validate({
      ...structuredClone(document),
      paths: { '/x': { get: { responses: 1 } } },
    });
    expect(valid).toBe(false);
  });

  it('names each operation once, and only security schemes and tags that it has', () => {
    const found = operationsOf(document).map(([, , operation]) => operation);
    const ids = found.map(({ operationId }) => operationId);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    const schemes = new Set(found.flatMap(({ security }) => security.flatMap((one) => Object.keys(one))));
    expect([...schemes].filter((scheme) => !(scheme in document.components.securitySchemes))).toEqual([]);
    const tags = new Set(document.tags.map(({ name }) => name));
    expect(found.flatMap(({ tags: own }) => own).filter((tag) => !tags.has(tag))).toEqual([]);
    expect(found.every(({ tags: own, summary }) => own.length === 1 && summary !== '')).toBe(true);
  });

  it('describes each parameter that an address has', () => {
    const wrong = operationsOf(document).filter(([, path, { parameters = [] }]) => {
      const names = parameters
        .map((one) => ('$ref' in one ? resolve(one.$ref) : one))
        .filter((one) => one.in === 'path');
      return (
        names
          .map(({ name }) => name)
          .toSorted()
          .join() !==
        Array.from(path.matchAll(/\{(\w+)\}/g), ([, name = '']) => name)
          .toSorted()
          .join()
      );
    });
    expect(wrong.map(([method, path]) => `${method} ${path}`)).toEqual([]);
  });

  const resolve = (reference: string): Parameter => document.components.parameters[reference.split('/').at(-1)!]!;
  const scopesOf = (method: Method, path: string): unknown =>
    document.paths[path]?.[method]?.security.flatMap((one) => (one['smart'] ? [one['smart'].join(' ')] : []));

  it.each([
    ['get', '/fhir/r4/Observation/{id}', ['patient/Observation.r', 'user/Observation.r', 'system/Observation.r']],
    ['put', '/fhir/r4/Patient', ['patient/Patient.us', 'user/Patient.us', 'system/Patient.us']],
    ['put', '/fhir/r4/Patient/{id}', ['patient/Patient.u', 'user/Patient.u', 'system/Patient.u']],
    ['post', '/fhir/r4/$reindex', ['admin/Job.c user/*.u', 'admin/Job.c system/*.u']],
    ['put', '/oauth2/policies/{name}', ['admin/Policy.u', 'admin/Policy.c']],
    ['get', '/fhir/r4/metadata', []],
  ] as const)('says which scopes are enough for %s %s', (method, path, scopes) => {
    expect(scopesOf(method, path)).toEqual(scopes);
  });

  it('takes every scope that it names: with it alone the request is made', async () => {
    const asked: readonly (readonly [string, string])[] = [
      ['GET', 'Observation/none'],
      ['GET', 'Observation'],
      ['DELETE', 'Observation/none'],
    ];
    for (const [method, path] of asked) {
      const [scope = ''] = scopesOf(
        method.toLowerCase() as Method,
        `/fhir/r4/${path.replace('none', '{id}')}`,
      ) as string[];
      const context = scope.replace('patient/', 'system/');
      const token = server.token(context, { sub: 'service', client_id: 'service' });
      expect([path, (await server.call(method, path, { token })).status]).not.toContain(403);
    }
  });

  it('has the parameters that operations declare', () => {
    const docref = document.paths['/fhir/r4/DocumentReference/$docref'];
    const named = (docref?.get?.parameters ?? []).flatMap((one) =>
      'name' in one ? [[one.name, one.required, one.schema]] : [],
    );
    expect(named).toContainEqual(['patient', true, { type: 'string' }]);
    expect(named).toContainEqual(['type', undefined, { type: 'array', items: { type: 'string' } }]);
    expect(docref?.post?.requestBody).toMatchObject({
      required: true,
      description: expect.stringContaining('`patient` (id, 1..1)'),
    });
    expect(docref?.get?.responses['2XX']).toMatchObject({
      content: { 'application/fhir+json': { schema: { $ref: '#/components/schemas/Bundle' } } },
    });
  });

  it('explains 401 and 403 with every reason of the vocabulary', () => {
    const { responses } = document.components;
    expect(responses['Unauthorized']?.description).toContain('docs/access#token-expired');
    expect(responses['Forbidden']?.description).toContain('docs/access#scope-missing');
  });

  it('tells the search parameters that /metadata tells, and no other', async () => {
    const { body } = await get('metadata');
    const shaping = [
      '_count',
      '_sort',
      '_total',
      '_include',
      '_revinclude',
      '_has',
      '_format',
      '_pretty',
      '_summary',
      '_elements',
    ];
    for (const { type, searchParam } of body.rest[0].resource as { type: string; searchParam: { name: string }[] }[]) {
      const named = (document.paths[`/fhir/r4/${type}`]?.get?.parameters ?? [])
        .map((one) => ('$ref' in one ? resolve(one.$ref) : one))
        .filter((one) => one.in === 'query' && !shaping.includes(one.name));
      expect([type, named.map(({ name }) => name).toSorted()]).toEqual([
        type,
        searchParam.map(({ name }) => name).toSorted(),
      ]);
    }
  });

  it('has what a stored SearchParameter adds, at once and under another ETag', async () => {
    const before = (await get('/openapi.json')).headers['etag'];
    const send = (method: string, path: string, body?: object) =>
      server.call(method, path, { token: all, ...(body && { body }) });
    const { status, text } = await send('PUT', 'SearchParameter/shoe-size', aSearchParameter('shoe-size'));
    expect([200, 201], text).toContain(status);
    await untilActive(send, 'shoe-size');
    const criteria = async () => JSON.stringify((await whole()).paths['/fhir/r4/Observation']?.get?.parameters);
    await expect.poll(criteria, { timeout: 20_000 }).toContain('by-shoe-size-');
    expect((await get('/openapi.json')).headers['etag']).not.toBe(before);
  });

  it('describes the answers of administration as they are', async () => {
    const ajv = new Ajv2020({ strict: false });
    const shown: string[] = [];
    const ask = async (method: Method, path: string, at: string, body?: object) => {
      const answer = await server.call(method.toUpperCase(), at, {
        token: all,
        ...(body && { body, headers: { 'content-type': 'application/json' } }),
      });
      const { responses, requestBody } = document.paths[path]![method]!;
      const response = responses[String(answer.status)];
      if (!response || '$ref' in response) throw new Error(`${method} ${at}: ${answer.status} ${answer.text}`);
      const valid = ajv.validate(response.content!['application/json']!.schema, answer.body);
      if (!valid) shown.push(`${method} ${path}: ${ajv.errorsText()}`);
      if (
        body &&
        requestBody &&
        !('$ref' in requestBody) &&
        !ajv.validate(requestBody.content['application/json']!.schema, body)
      )
        shown.push(`body of ${method} ${path}: ${ajv.errorsText()}`);
    };
    await ask('post', '/oauth2/users', '/oauth2/users', { name: 'jane', grants: 'user/*.rs' });
    await ask('get', '/oauth2/users/{name}', '/oauth2/users/jane');
    await ask('get', '/oauth2/users', '/oauth2/users?count=1');
    await ask('patch', '/oauth2/users/{name}', '/oauth2/users/jane', { fhirUser: null });
    await ask('post', '/oauth2/users/{name}/password-link', '/oauth2/users/jane/password-link', {});
    await ask('post', '/oauth2/clients', '/oauth2/clients', {
      id: 'a',
      name: 'A',
      kind: 'confidential-symmetric',
      scopes: ['system/*.rs'],
    });
    await ask('get', '/oauth2/clients', '/oauth2/clients');
    await ask('post', '/oauth2/clients/{id}/secret', '/oauth2/clients/a/secret');
    const policy = {
      description: 'x',
      assignedTo: { users: ['jane'] },
      rules: [{ types: ['Observation'], constrain: 'status=final' }],
    };
    await ask('put', '/oauth2/policies/{name}', '/oauth2/policies/finals', policy);
    await ask('get', '/oauth2/policies', '/oauth2/policies');
    await ask('get', '/oauth2/policies/{name}/history', '/oauth2/policies/finals/history');
    await ask('put', '/oauth2/policy-groups/{name}', '/oauth2/policy-groups/g', { members: ['jane'] });
    await ask('get', '/oauth2/policy-groups', '/oauth2/policy-groups');
    await ask('post', '/oauth2/registration-tokens', '/oauth2/registration-tokens', {
      scopes: ['patient/Observation.rs'],
    });
    expect(shown).toEqual([]);
  });
});

describe('/openapi.json', () => {
  it('is open, kept by caches, and asked again by its ETag', async () => {
    const { status, headers } = await get('/openapi.json');
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'application/json; charset=utf-8',
      'public, max-age=300',
    ]);
    const again = await get('/openapi.json', { 'if-none-match': `W/"x", ${headers['etag']}` });
    expect([again.status, again.text]).toEqual([304, '']);
    expect((await get('/openapi.json', { 'if-none-match': '"x"' })).status).toBe(200);
    const head = await server.call('HEAD', '/openapi.json');
    expect([head.status, head.text, head.headers['etag']]).toEqual([200, '', headers['etag']]);
  });

  it('may be read from every origin, as /metadata may', async () => {
    const { headers } = await get('/openapi.json', { origin: 'https://elsewhere.example' });
    expect(headers['access-control-allow-origin']).toBe('*');
  });

  it('leaves the routes of other types out on request', async () => {
    const { text } = await get('/openapi.json?type=Patient,Observation');
    const few = JSON.parse(text) as OpenApiDocument;
    expect(Object.keys(few.paths).filter((path) => path.startsWith('/fhir/r4/Encounter'))).toEqual([]);
    expect(few.paths['/fhir/r4/Patient']).toEqual(document.paths['/fhir/r4/Patient']);
    expect(text.length).toBeLessThan(600_000);
    const { valid, errors } = await new Validator().validate(few as never);
    expect([valid, errors]).toEqual([true, undefined]);
  });

  it('leaves the elements of resources out on request', async () => {
    const { text } = await get('/openapi.json?type=Patient&schemas=plain');
    const { components, paths } = JSON.parse(text) as OpenApiDocument;
    expect(Object.keys(components.schemas['Patient']?.['properties'] ?? {})).toEqual(['resourceType']);
    expect(Object.keys(paths)).toContain('/fhir/r4/Patient/{id}');
    const { valid, errors } = await new Validator().validate(JSON.parse(text) as never);
    expect([valid, errors]).toEqual([true, undefined]);
    expect((await get('/openapi.json?schemas=none')).status).toBe(400);
  });

  it.each([
    ['Patiant', 'Did you mean Patient?'],
    ['', 'Write types with commas between'],
    ['Patient,<script>', 'is no resource type'],
    [[...resourceTypes].slice(0, 21).join(','), '20 are the most'],
  ])('refuses type=%s', async (type, why) => {
    const { status, text } = await get(`/openapi.json?type=${encodeURIComponent(type)}`);
    expect([status, text]).toEqual([400, expect.stringContaining(why)]);
  });
});

describe('/docs/api', () => {
  it('loads scripts and styles of this server alone', async () => {
    const { status, headers, text } = await get('/docs/api?type=Observation');
    expect(status).toBe(200);
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self' 'sha256-\S+'; img-src data:; connect-src 'self';/,
    );
    expect(text).not.toMatch(/<script>|onload=|javascript:/);
    for (const [, address = ''] of text.matchAll(/(?:src|href)="(\/docs\/api\/[^"]+)"/g)) {
      const file = await get(address);
      expect([address, file.status, file.headers['cache-control']]).toEqual([
        address,
        200,
        'public, max-age=31536000, immutable',
      ]);
    }
  });

  it.each([['Patiant'], ['Patient,Observation'], ['"><script>']])('refuses the type %s', async (type) => {
    expect((await get(`/docs/api?type=${encodeURIComponent(type)}`)).status).toBe(400);
  });
});
