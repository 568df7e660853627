import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type Answer, type TestServer } from '../support/server.js';

/** A stored SearchParameter is what all search, scopes and policies go by: writing one takes `admin/Definition` (docs/adr/0037). */
let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server?.close());

const parameter = (id: string) => ({
  resourceType: 'SearchParameter',
  id,
  url: `https://test.example/${id}`,
  name: 'Nick',
  status: 'active',
  description: 'Given names',
  code: id,
  base: ['Patient'],
  type: 'string',
  expression: 'Patient.name.given',
});

const entry = (method: string, url: string, resource?: object) => ({
  ...(resource && { resource }),
  request: { method, url },
});
const bundle = (type: string, ...entries: readonly object[]) => ({ resourceType: 'Bundle', type, entry: entries });
const patch = [{ op: 'replace', path: '/description', value: 'Others' }];
const json = { 'content-type': 'application/json-patch+json' };

const reasons = ({ body }: Answer): readonly string[] =>
  (body.issue as readonly { details?: { coding: readonly { code: string }[]; text: string } }[]).map(
    ({ details }) => `${details?.coding[0]?.code}: ${details?.text}`,
  );

const define = () => server.token('user/*.cruds admin/Definition.cud');

describe.each([
  ['a user', () => server.token('user/*.cruds')],
  ['a machine', () => server.token('system/*.cruds admin/*.cruds', { sub: 'service', client_id: 'service' })],
  ['an administrator of other things', () => server.token('user/*.cruds admin/User.cruds admin/Policy.cruds')],
])('%s who may write all resources', (_who, token) => {
  beforeAll(async () => {
    await server.call('PUT', 'SearchParameter/there', { token: define(), body: parameter('there') });
  });

  it.each<[string, string, string, object | undefined, Readonly<Record<string, string>>, string]>([
    ['create', 'POST', 'SearchParameter', parameter('made'), {}, 'c'],
    ['create with an id', 'PUT', 'SearchParameter/made', parameter('made'), {}, 'u'],
    ['create if there is none', 'POST', 'SearchParameter', parameter('made'), { 'if-none-exist': 'url=x:y' }, 'c'],
    ['update', 'PUT', 'SearchParameter/there', { ...parameter('there'), status: 'retired' }, {}, 'u'],
    ['update by criteria', 'PUT', 'SearchParameter?url=x:y', parameter('made'), {}, 'u'],
    ['patch', 'PATCH', 'SearchParameter/there', patch, json, 'u'],
    ['patch by criteria', 'PATCH', 'SearchParameter?url=https://test.example/there', patch, json, 'u'],
    ['delete', 'DELETE', 'SearchParameter/there', undefined, {}, 'd'],
    ['delete by criteria', 'DELETE', 'SearchParameter?url=https://test.example/there', undefined, {}, 'd'],
    ['index anew', 'POST', 'Patient/$reindex', undefined, {}, ''],
    ['status of an index', 'GET', 'SearchParameter/there/$status', undefined, {}, 'u'],
  ])('cannot: %s', async (...[, method, path, body, headers, letter]) => {
    const answer = await server.call(method, path, { token: token(), headers, ...(body && { body }) });
    expect(answer.status).toBe(403);
    const right = letter === '' ? 'admin/Job.c' : `admin/Definition.${letter}`;
    expect(
      reasons(answer)
        .filter((one) => one.startsWith('administrator-needed: '))
        .join(),
    ).toContain(right);
    expect(answer.headers['www-authenticate']).toContain(right);
    const { body: now } = await server.call('GET', 'SearchParameter/there', { token: token() });
    expect(now).toMatchObject({ status: 'active', description: 'Given names' });
    expect((await server.call('GET', 'SearchParameter/made', { token: token() })).status).toBe(404);
  });

  it.each([
    ['POST', 'SearchParameter', parameter('made')],
    ['PUT', 'SearchParameter/made', parameter('made')],
    ['DELETE', 'SearchParameter/there', undefined],
    ['DELETE', 'SearchParameter?url=https://test.example/there', undefined],
  ])('cannot as an entry: %s %s', async (method, url, resource) => {
    const patient = entry('POST', 'Patient', {
      resourceType: 'Patient',
      identifier: [{ system: 'urn:x', value: 'beside' }],
    });
    const all = await server.call('POST', '', {
      token: token(),
      body: bundle('transaction', patient, entry(method, url, resource)),
    });
    expect(all.status).toBe(403);
    expect(reasons(all).join()).toContain('admin/Definition.');
    const found = await server.call('GET', 'Patient?identifier=urn:x|beside&_summary=count', { token: token() });
    expect(found.body).toMatchObject({ total: 0 });
    const each = await server.call('POST', '', { token: token(), body: bundle('batch', entry(method, url, resource)) });
    expect(each.body.entry[0].response.status).toMatch(/^403/);
    expect(JSON.stringify(each.body)).toContain('admin/Definition.');
  });

  it('is told so beforehand', async () => {
    const { body } = await server.call('GET', '$my-access', { token: token() });
    const access = (body.parameter as readonly { name: string; part: readonly Record<string, string>[] }[])
      .filter(({ name }) => name === 'access')
      .map(({ part }) => [part[0]?.['valueCode'], part[1]?.['valueString']]);
    expect(access.filter(([type]) => type === 'SearchParameter')).toEqual([['SearchParameter', 'rs']]);
    expect(access).toContainEqual(['ValueSet', 'cruds']);
  });
});

describe('who has the right', () => {
  it('defines, beside the scope for the resource', async () => {
    const body = parameter('mine');
    const right = await server.call('PUT', 'SearchParameter/mine', { token: server.token('admin/*.cruds'), body });
    expect([right.status, reasons(right)[0]]).toEqual([
      403,
      expect.stringMatching(/^scope-missing: .*it has only admin\/\*\.cruds/),
    ]);
    expect((await server.call('PUT', 'SearchParameter/mine', { token: define(), body })).status).toBe(201);
    expect((await server.call('GET', 'SearchParameter/mine/$status', { token: define() })).status).toBe(200);
    expect((await server.call('DELETE', 'SearchParameter/mine', { token: define() })).status).toBeLessThan(300);
  });
});
