// Definitions of packages: nobody changes them, and who may not see them learns nothing of them (docs/adr/0076)
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagesFolder, writePackage } from '../support/fhir-package.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

const url = 'http://guide.example/ValueSet/pulse';
const system = 'http://guide.example/CodeSystem/signs';
const valueSet = (code: string, changes: object = {}) => ({
  resourceType: 'ValueSet',
  id: 'pulse',
  url,
  version: '1.0.0',
  name: 'Pulse',
  status: 'draft',
  compose: { include: [{ system, concept: [{ code }] }] },
  ...changes,
});

let server: TestServer;
let place: string;
let id: string;
beforeAll(async () => {
  place = await packagesFolder();
  await writePackage(place, { name: 'guide.example', version: '1.0.0', resources: [valueSet('pulse')] });
  server = await startServer({ PACKAGES: place, IMPLEMENTATION_GUIDES: 'guide.example@1.0.0' });
  const found = await all('GET', `ValueSet?url=${url}`);
  id = found.body.entry[0].resource.id as string;
});
afterAll(async () => {
  await server.close();
  await rm(place, { recursive: true });
});

const call = (scope: string, method: string, path: string, options: object = {}): Promise<Answer> =>
  server.call(method, path, { token: server.token(scope), ...options });
const all = (method: string, path: string, options: object = {}): Promise<Answer> =>
  call('user/*.cruds admin/*.cruds', method, path, options);

const patch = {
  body: [{ op: 'replace', path: '/name', value: 'Other' }],
  headers: { 'content-type': 'application/json-patch+json' },
};
const tag = { system: 'urn:t', code: 'mine' };
const meta = { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: { tag: [tag] } }] };
const tagged = (of: string) => valueSet('other', { id: of, meta: { tag: [tag] } });
const entry = (method: string, path: string, resource?: object) => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [{ request: { method, url: path }, ...(resource && { resource }) }],
});

const writes: readonly (readonly [string, string, (id: string) => string, (id: string) => object])[] = [
  ['PUT', 'PUT', (of) => `ValueSet/${of}`, (of) => ({ body: tagged(of) })],
  ['PATCH', 'PATCH', (of) => `ValueSet/${of}`, () => patch],
  ['DELETE', 'DELETE', (of) => `ValueSet/${of}`, () => ({})],
  ['a conditional PUT', 'PUT', (of) => `ValueSet?_id=${of}`, () => ({ body: { ...tagged(''), id: undefined } })],
  ['a conditional DELETE', 'DELETE', (of) => `ValueSet?_id=${of}`, () => ({})],
  ['$meta-add', 'POST', (of) => `ValueSet/${of}/$meta-add`, () => ({ body: meta })],
  ['a PUT in a transaction', 'POST', () => '', (of) => ({ body: entry('PUT', `ValueSet/${of}`, tagged(of)) })],
  ['a DELETE in a transaction', 'POST', () => '', (of) => ({ body: entry('DELETE', `ValueSet/${of}`) })],
];

describe('definitions of packages', () => {
  it.each(writes)('stay as they are, whoever writes: %s', async (_what, method, path, options) => {
    const before = (await all('GET', `ValueSet/${id}`)).text;
    const answer = await all(method, path(id), options(id));
    expect([answer.status, answer.text]).toEqual([409, expect.stringContaining('part of the package')]);
    expect((await all('GET', `ValueSet/${id}`)).text).toBe(before);
  });

  it.each(writes)(
    'answer whom they are hidden from as if there were none: %s',
    async (_what, method, path, options) => {
      const limited = 'user/ValueSet.cruds?_tag=urn:t|mine';
      const nobody = `${id.slice(0, -4)}0000`;
      const [hidden, absent] = [
        await call(limited, method, path(id), options(id)),
        await call(limited, method, path(nobody), options(nobody)),
      ];
      const plain = ({ status, text }: Answer, of: string) => [
        status,
        // What was made has an id and a time of its own.
        text
          .replaceAll(of, 'ID')
          .replaceAll(/"id":"[0-9a-f-]{36}"/g, '"id":"ID"')
          .replaceAll(/"lastUpdated":"[^"]*"/g, ''),
      ];
      expect(plain(hidden, id)).toEqual(plain(absent, nobody));
      expect(hidden.text).not.toContain('guide.example@');
    },
  );

  it('are read with a scope for their type alone', async () => {
    for (const path of [`ValueSet/${id}`, `ValueSet?url=${url}`, `ValueSet/${id}/_history`]) {
      expect((await call('user/Patient.rs', 'GET', path)).status).toBe(403);
      expect((await server.call('GET', path)).status).toBe(401);
    }
  });

  it('go before what clients store under their canonicals', async () => {
    const observation = (of: string, code: string) => ({
      resourceType: 'Observation',
      id: of,
      status: 'final',
      code: { coding: [{ system, code }] },
    });
    for (const code of ['pulse', 'other'])
      expect((await all('PUT', `Observation/${code}`, { body: observation(code, code) })).status).toBe(201);
    const own = valueSet('other', { id: 'own', status: 'active' });
    expect((await call('user/ValueSet.cu', 'PUT', 'ValueSet/own', { body: own })).status).toBe(201);
    for (const canonical of [url, `${url}|1.0.0`, `${url}|1`]) {
      const path = `Observation?code:in=${encodeURIComponent(canonical)}`;
      const { entry: found } = (await call('user/Observation.rs user/ValueSet.rs', 'GET', path)).body;
      expect(found.map(({ resource }: { resource: { id: string } }) => resource.id)).toEqual(['pulse']);
    }
  });
});

describe('plans of packages', () => {
  const claimed = 'http://guide.example/StructureDefinition/pulse';
  const claiming = {
    resourceType: 'Observation',
    id: 'claims',
    meta: { profile: [`${claimed}|secret-version`, claimed, 'http://secret.example/StructureDefinition/secret'] },
    status: 'final',
    code: { text: 'secret text', coding: [{ system: 'urn:secret-system', code: 'secret-code' }] },
  };
  const profile = {
    resourceType: 'StructureDefinition',
    id: 'pulse',
    url: claimed,
    version: '1.0.0',
    name: 'Pulse',
    status: 'active',
    kind: 'resource',
    abstract: false,
    type: 'Observation',
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Observation',
    derivation: 'constraint',
    differential: {
      element: [
        { id: 'Observation', path: 'Observation' },
        {
          id: 'Observation.code',
          path: 'Observation.code',
          patternCodeableConcept: { coding: [{ system: 'urn:wanted', code: 'wanted' }] },
        },
        { id: 'Observation.subject', path: 'Observation.subject', min: 1 },
      ],
    },
  };
  const plan = async (scope: string): Promise<Answer> => {
    const body = { name: 'guide.judging', version: '1.0.0' };
    const answer = await call(scope, 'POST', '/admin/packages/plan?resources=sample', {
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect([answer.status, answer.body.resources?.becomeInvalid]).toEqual([200, 1]);
    return answer;
  };
  const referenceIn = ({ body }: Answer): unknown => body.resources.profiles[0].examples[0].reference;

  beforeAll(async () => {
    await writePackage(place, { name: 'guide.judging', version: '1.0.0', resources: [profile] });
    await all('PUT', 'Observation/claims', { body: claiming });
  });

  it('tell no value of a resource, whoever asks', async () => {
    for (const scope of ['admin/Definition.c', 'admin/*.cruds user/*.cruds'])
      expect((await plan(scope)).text).not.toContain('secret');
  });

  it('name a resource to those alone who may read it', async () => {
    const named = (scope: string) => plan(`admin/Definition.c ${scope}`).then(referenceIn);
    expect(await named('user/Observation.r')).toBe('Observation/claims');
    for (const scope of ['', 'user/Patient.rs', 'user/Observation.s', 'user/Observation.rs?status=preliminary'])
      expect(await named(scope), scope).toBeUndefined();
  });
});

describe('packages', () => {
  const json = { 'content-type': 'application/json' };
  it.each([
    ['GET', '/admin/packages', {}],
    ['GET', '/admin/packages/guide.example/1.0.0', {}],
    ['POST', '/admin/packages', { headers: json, body: { name: 'guide.example', version: '1.0.0' } }],
    ['POST', '/admin/packages/plan', { headers: json, body: { name: 'guide.example', version: '1.0.0' } }],
    [
      'POST',
      '/admin/packages/plan?resources=sample',
      { headers: json, body: { name: 'guide.example', version: '1.0.0' } },
    ],
    ['DELETE', '/admin/packages/guide.example/1.0.0', {}],
  ] as const)('are brought in by administrators alone: %s %s', async (method, path, options) => {
    const answer = await call('user/*.cruds system/*.cruds', method, path, options);
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('admin/Definition')]);
    expect((await server.call(method, path, options)).status).toBe(401);
    expect((await all('GET', '/admin/packages')).body.packages).toHaveLength(1);
  });
});
