// What the decision sees of a path is what the routes see (https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2.2)
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchange } from '../support/raw-socket.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let port: number;
let tokens: readonly string[];

beforeAll(async () => {
  server = await startServer();
  const all = server.token('user/*.cruds user/AuditEvent.rs');
  tokens = [all, server.token('patient/*.rs', { patient: 'p1' }), ''];
  await server.app.listen(0, '127.0.0.1');
  port = (server.app.getHttpServer().address() as AddressInfo).port;
  for (const id of ['p1', 'p2'])
    await server.call('PUT', `Patient/${id}`, { token: all, body: { resourceType: 'Patient', id } });
});
afterAll(() => server.close());

/** Status and what was answered, without what differs by chance. */
async function ask(target: string, token: string, method = 'GET', host = 'x'): Promise<string> {
  const lines = [`${method} ${target} HTTP/1.1`, `Host: ${host}`, 'X-Request-Id: same-for-all'];
  if (token !== '') lines.push(`Authorization: Bearer ${token}`);
  if (method === 'POST') lines.push('Content-Type: application/fhir+json', 'Content-Length: 2');
  const { status, text } = await exchange(port, `${lines.join('\r\n')}\r\n\r\n${method === 'POST' ? '{}' : ''}`);
  return `${status} ${text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')}`;
}

const below = (path: string): string => `/fhir/r4/${path}`;
const escapeAll = (text: string): string => text.replaceAll(/[\w$]/g, (one) => `%${one.charCodeAt(0).toString(16)}`);

describe('escapes in a path', () => {
  it.each([
    ['%24my-access', '$my-access', '200'],
    ['Patient/p1/%24meta', 'Patient/p1/$meta', '200'],
    ['Patient/%70%31', 'Patient/p1', '200'],
    ['%50atient/p1/_histor%79', 'Patient/p1/_history', '200'],
    ['%6detadata', 'metadata', '200'],
    ['%24nothing', '$nothing', '404'],
  ])('that mean nothing change nothing: %s', async (escaped, plain, status) => {
    for (const token of tokens) expect(await ask(below(escaped), token)).toBe(await ask(below(plain), token));
    expect(await ask(below(escaped), tokens[0]!)).toMatch(new RegExp(`^${status} `));
    expect(await ask(`/%66hir/%724/${escaped}`, tokens[0]!)).toBe(await ask(below(plain), tokens[0]!));
  });

  it('of operations by POST too', async () => {
    for (const path of ['Observation/$validate', '$explain-access', 'login'])
      expect(await ask(below(escapeAll(path)), tokens[0]!, 'POST')).toBe(await ask(below(path), tokens[0]!, 'POST'));
  });

  it.each([
    'Patient%2Fp2',
    'Observation%2F..%2FPatient/p2',
    'Observation/%2e%2e/Patient/p2',
    '%252e%252e/r4/Patient/p2',
    'Patient/%2570%2532',
    '%2524my-access',
    '%%350atient/p2',
  ])('lead to nobody else: %s', async (path) => {
    expect(await ask(below(path), tokens[0]!)).toMatch(/^40[04] /);
    expect(await ask(below(path), tokens[1]!)).toMatch(/^40[034] /);
    expect(await ask(below(path), '')).toMatch(/^40[014] /);
  });

  it('never make the decision and the route differ', async () => {
    const segment = fc.constantFrom(
      'Patient',
      'Observation',
      'p1',
      'p2',
      '$meta',
      '$my-access',
      '_history',
      '_search',
      '1',
      '..',
      'metadata',
    );
    const paths = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'));
    const chosen = fc.array(fc.boolean(), { minLength: 40, maxLength: 40 });
    const escaped = (path: string, which: readonly boolean[]): string =>
      Array.from(path, (one, i) => (which[i] && one !== '/' ? `%${one.charCodeAt(0).toString(16)}` : one)).join('');
    await fc.assert(
      fc.asyncProperty(paths, chosen, fc.constantFrom(...tokens), async (path, which, token) => {
        const answer = await ask(below(path), token);
        expect(answer).not.toMatch(/^50/);
        expect(await ask(below(escaped(path, which)), token)).toBe(answer);
      }),
      { numRuns: 150 },
    );
  });
});

describe('a target that names a server', () => {
  it('is its path, if the server is this one', async () => {
    for (const token of tokens) {
      const plain = await ask(below('Patient/p1'), token);
      for (const [authority, host] of [
        ['localhost:3000', 'x'],
        ['127.0.0.1:1', '127.0.0.1:1'],
        ['LOCALHOST:3000', 'x'],
      ])
        expect(await ask(`http://${authority}${below('Patient/p1')}`, token, 'GET', host)).toBe(plain);
    }
  });

  it.each([
    'http://evil.example/fhir/r4/Patient/p1',
    'http://localhost:3000@evil.example/fhir/r4/Patient',
    'http://evil.example/oauth2/token',
    'http://evil.example/health/live',
  ])('is refused, if it is another: %s', async (target) => {
    for (const token of tokens) expect(await ask(target, token)).toMatch(/^421 .*names another server/);
  });
});
