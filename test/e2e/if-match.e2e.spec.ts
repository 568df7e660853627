// RFC 9110 section 13.1.1: `*` holds where there is a current version, a list where one of its tags is that of it
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectOutcome } from '../support/outcome.js';
import { aPatient } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let all: string;
beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
});
afterAll(() => server.close());

let made = 0;
const create = async (): Promise<string> => {
  const id = `match-${++made}`;
  const body = aPatient({ id, identifier: [{ system: 'urn:match', value: id }] });
  expect((await server.call('PUT', `Patient/${id}`, { token: all, body })).status).toBe(201);
  return id;
};
const deleted = async (): Promise<string> => {
  const id = await create();
  expect((await server.call('DELETE', `Patient/${id}`, { token: all })).status).toBe(204);
  return id;
};

const put = (id: string, ifMatch: string) => {
  const body = aPatient({ id, birthDate: '1970-01-01', identifier: [{ system: 'urn:match', value: id }] });
  return server.call('PUT', `Patient/${id}`, { token: all, body, headers: { 'if-match': ifMatch } });
};
const patch = (id: string, ifMatch: string) => {
  const headers = { 'content-type': 'application/json-patch+json', 'if-match': ifMatch };
  const body = [{ op: 'add', path: '/language', value: 'de' }];
  return server.call('PATCH', `Patient/${id}`, { token: all, body: body as never, headers });
};
const remove = (id: string, ifMatch: string) =>
  server.call('DELETE', `Patient/${id}`, { token: all, headers: { 'if-match': ifMatch } });
const conditional = (id: string, ifMatch: string) => {
  const body = aPatient({ birthDate: '1971-01-01', identifier: [{ system: 'urn:match', value: id }] });
  const path = `Patient?identifier=urn:match|${id}`;
  return server.call('PUT', path, { token: all, body, headers: { 'if-match': ifMatch } });
};
const bundled =
  (type: 'batch' | 'transaction', method: 'PUT' | 'DELETE') =>
  async (id: string, ifMatch: string): Promise<number> => {
    const request = { method, url: `Patient/${id}`, ifMatch };
    const entry = method === 'PUT' ? { request, resource: aPatient({ id, active: false }) } : { request };
    const body = { resourceType: 'Bundle', type, entry: [entry] };
    const answer = await server.call('POST', '', { token: all, body });
    return answer.status === 200 ? Number.parseInt(answer.body.entry[0].response.status, 10) : answer.status;
  };

const ways: Readonly<Record<string, (id: string, ifMatch: string) => Promise<number>>> = {
  PUT: async (id, ifMatch) => (await put(id, ifMatch)).status,
  PATCH: async (id, ifMatch) => (await patch(id, ifMatch)).status,
  DELETE: async (id, ifMatch) => (await remove(id, ifMatch)).status,
  'a conditional PUT': async (id, ifMatch) => (await conditional(id, ifMatch)).status,
  'a PUT in a transaction': bundled('transaction', 'PUT'),
  'a DELETE in a transaction': bundled('transaction', 'DELETE'),
  'a PUT in a batch': bundled('batch', 'PUT'),
  'a DELETE in a batch': bundled('batch', 'DELETE'),
};

describe.each(Object.entries(ways))('If-Match of %s', (name, send) => {
  const done = name.includes('DELETE') ? 204 : 200;

  it.each(['*', ' * ', 'W/"1", W/"999"', 'W/"999", W/"1"', '"7","1"', '999, 1', 'W/"1",'])('%s holds', async (tags) => {
    expect(await send(await create(), tags)).toBe(done);
  });

  it.each(['W/"998", W/"999"', '"*"', 'W/"*"', '*, W/"7"', '"7,1,8"', '"7,1', ','])(
    '%s does not hold',
    async (tags) => {
      expect(await send(await create(), tags)).toBe(412);
    },
  );
});

describe('If-Match: * where there is no current version', () => {
  it('says so, and makes nothing', async () => {
    const gone = await deleted();
    expectOutcome(await put('match-none', '*'), 412, /any version of Patient\/match-none, which does not exist/);
    expectOutcome(await put(gone, '*'), 412, /any version of Patient\/.*, which was deleted/);
    expectOutcome(await remove(gone, '*'), 412, /which was deleted/);
    expectOutcome(await conditional('match-none', '*'), 412, /no resource matches/);
    for (const id of ['match-none', gone]) expect(await bundled('transaction', 'PUT')(id, '*')).toBe(412);
    expectOutcome(await server.call('GET', 'Patient/match-none', { token: all }), 404);
  });

  it('is the 404 or 410 of a patch without it', async () => {
    expectOutcome(await patch('match-none', '*'), 404);
    expectOutcome(await patch(await deleted(), '*'), 410);
  });
});

it('of many updates that match any version, none is lost', async () => {
  const id = await create();
  const sent = Array.from({ length: 8 }, (_, i) => {
    const body = aPatient({ id, birthDate: `197${i}-01-01` });
    return server.call('PUT', `Patient/${id}`, { token: all, body, headers: { 'if-match': '*' } });
  });
  expect((await Promise.all(sent)).map(({ status }) => status)).toEqual(sent.map(() => 200));
  const { body } = await server.call('GET', `Patient/${id}`, { token: all });
  expect(body.meta.versionId).toBe('9');
});

describe('a condition of an entry', () => {
  const inBundle = (name: 'ifMatch' | 'ifNoneMatch', value: string) => {
    const request = { method: 'PUT', url: 'Patient/long', [name]: value };
    const body = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [{ request, resource: aPatient({ id: 'long' }) }],
    };
    return server.call('POST', '', { token: all, body });
  };

  it.each(['"', ',', 'a', 'W/"1",'])('has no more characters than a header can have: many of %s', async (part) => {
    for (const name of ['ifMatch', 'ifNoneMatch'] as const) {
      const answer = await inBundle(name, part.repeat(2_000_000));
      expectOutcome(answer, 400, new RegExp(`request\\.${name} has ${part.length * 2_000_000} characters`));
      expect(answer.text.length).toBeLessThan(1000);
    }
  });

  it('may be as long as a header can be', async () => {
    expect((await inBundle('ifNoneMatch', '"'.repeat(16_384))).status).toBe(200);
    expect((await inBundle('ifMatch', `${'W/"9",'.repeat(2000)}W/"1"`)).status).toBe(200);
  });
});
