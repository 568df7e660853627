// https://hl7.org/fhir/R4/http.html#cread; RFC 9110 section 13
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectOutcome } from '../support/outcome.js';
import { startServer, type TestServer } from '../support/server.js';

type Headers = Readonly<Record<string, string>>;

let server: TestServer;
let all: string;
let modified: string;

beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
  const put = (id: string, active = true) =>
    server.call('PUT', `Patient/${id}`, { token: all, body: { resourceType: 'Patient', id, active } });
  await put('p1');
  modified = (await put('p1', false)).headers['last-modified']!;
  await put('gone');
  await server.call('DELETE', 'Patient/gone', { token: all });
});
afterAll(() => server.close());

const future = 'Fri, 01 Jan 2100 00:00:00 GMT';
const past = 'Mon, 01 Jan 2024 00:00:00 GMT';

describe.each(['GET', 'HEAD'])('%s on the condition that the client has not got it yet', (method) => {
  const call = (path: string, headers: Headers, token = all) => server.call(method, path, { token, headers });

  it.each([
    ['Patient/p1', { 'if-none-match': 'W/"2"' }],
    ['Patient/p1', { 'if-none-match': '"2"' }],
    ['Patient/p1', { 'if-none-match': 'W/"7", W/"2"' }],
    ['Patient/p1', { 'if-none-match': '*' }],
    ['Patient/p1', { 'if-none-match': 'W/"2"', 'if-modified-since': past }],
    ['Patient/p1', { 'if-modified-since': future }],
    ['Patient/p1?_format=xml&_pretty=true', { 'if-none-match': 'W/"2"' }],
    ['Patient/p1?_elements=id', { 'if-none-match': 'W/"2"' }],
    ['Patient/p1/_history/1', { 'if-none-match': 'W/"1"' }],
  ])('%s %j is 304 with its validators and no body', async (path, headers) => {
    const { status, text, headers: sent } = await call(path, headers);
    expect([status, text, sent['etag']]).toEqual([304, '', path.includes('_history') ? 'W/"1"' : 'W/"2"']);
    expect(sent).toMatchObject({ vary: 'Origin, Accept', 'cache-control': 'private, no-cache' });
    expect(sent['last-modified']).toMatch(/GMT$/);
    expect(sent['content-type']).toBeUndefined();
  });

  it('the second of the last change is 304, the one before is not', async () => {
    expect((await call('Patient/p1', { 'if-modified-since': modified })).status).toBe(304);
    const before = new Date(Date.parse(modified) - 1000).toUTCString();
    expect((await call('Patient/p1', { 'if-modified-since': before })).status).toBe(200);
  });

  it.each([
    ['Patient/p1', { 'if-none-match': 'W/"1"' }],
    ['Patient/p1', { 'if-none-match': 'W/"1"', 'if-modified-since': future }],
    ['Patient/p1', { 'if-modified-since': past }],
    ['Patient/p1', { 'if-modified-since': '2100-01-01' }],
    ['Patient/p1/_history/1', { 'if-none-match': 'W/"2"' }],
  ])('%s %j is 200', async (path, headers) => {
    expect((await call(path, headers)).status).toBe(200);
  });

  it('the condition comes last: what may not be read, is not there or was deleted answers as ever', async () => {
    const any = { 'if-none-match': '*', 'if-modified-since': future };
    expect((await call('Patient/none', any)).status).toBe(404);
    expect((await call('Patient/gone', any)).status).toBe(410);
    expect((await call('Patient/p1', any, server.token('user/Observation.rs'))).status).toBe(403);
    expect((await call('Patient/p1?_elements=nonsense', any)).status).toBe(400);
  });
});

it('what a limited caller cannot see has no 304', async () => {
  const limited = server.token('user/Patient.rs?gender=male');
  const hidden = await server.call('GET', 'Patient/p1', { token: limited, headers: { 'if-none-match': '*' } });
  expectOutcome(hidden, 404, /Patient\/p1 was not found/);
});
