// Order of refusals: credentials, then permission, then everything else
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectOutcome, reasonsOf } from '../support/outcome.js';
import { exchange } from '../support/raw-socket.js';
import { adminPassword, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let all: string;
let port: number;

beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
  await server.app.listen(0, '127.0.0.1');
  port = (server.app.getHttpServer().address() as AddressInfo).port;
  await server.call('PUT', 'Patient/p1', { token: all, body: { resourceType: 'Patient', id: 'p1' } });
});
afterAll(() => server.close());

const raw = async (...lines: readonly string[]) => {
  const answer = await exchange(port, `${lines.join('\r\n')}\r\n\r\n`);
  return { ...answer, body: answer.text === '' ? {} : JSON.parse(answer.text) };
};

describe('credentials come first', () => {
  it('a bad token with a bad body is 401', async () => {
    for (const body of ['not json', '', 'x'.repeat(1000)]) {
      expectOutcome(await server.call('POST', 'Patient', { token: 'rubbish', body }), 401);
    }
    const headers = { 'content-type': 'text/plain', 'if-match': 'W/"9"', accept: 'application/fhir+turtle' };
    expectOutcome(await server.call('PUT', 'Patient/p1', { token: 'rubbish', body: 'x', headers }), 401);
    expectOutcome(await server.call('POST', '', { body: 'not json' }), 401);
  });

  it('no answer waits for a body that is refused anyway', async () => {
    const head = ['POST /fhir/r4/Patient HTTP/1.1', 'Host: x', 'Content-Type: application/fhir+json'];
    const missing = await raw(...head, 'Content-Length: 1000000');
    expect([missing.status, reasonsOf(missing)]).toEqual([401, ['no-credentials']]);
    const token = server.token('user/Patient.rs');
    const forbidden = await raw(...head, 'Content-Length: 1000000', `Authorization: Bearer ${token}`);
    expect([forbidden.status, reasonsOf(forbidden)]).toEqual([403, ['scope-insufficient']]);
  });

  it('an unknown address or type without a token is 401 too', async () => {
    for (const path of ['Nonsense', 'Patient/1/2/3/4', '$nothing', 'Patient/x?_format=ttl']) {
      expectOutcome(await server.call('GET', path), 401);
    }
  });
});

describe('permission comes second', () => {
  const token = () => server.token('user/Observation.cruds');

  it('a forbidden type with a stale If-Match, or a bad body, is 403', async () => {
    const headers = { 'if-match': 'W/"9"' };
    const body = { resourceType: 'Patient', id: 'p1' };
    expectOutcome(await server.call('PUT', 'Patient/p1', { token: token(), body, headers }), 403);
    expectOutcome(await server.call('DELETE', 'Patient/p1', { token: token(), headers }), 403);
    expectOutcome(await server.call('POST', 'Patient', { token: token(), body: 'not json' }), 403);
    expectOutcome(await server.call('GET', 'Patient?nonsense=1', { token: token() }), 403);
    expectOutcome(await server.call('GET', 'Patient/p1?_format=ttl', { token: token() }), 403);
    const form = { 'content-type': 'text/plain' };
    expectOutcome(await server.call('POST', 'Patient/_search', { token: token(), body: 'x', headers: form }), 403);
  });

  it('another patient than that of the token is 403 whether there is one or not', async () => {
    const limited = server.token('patient/*.rs', { patient: 'p2' });
    const [there, nowhere] = await Promise.all(
      ['Patient/p1', 'Patient/p3'].map((path) => server.call('GET', path, { token: limited })),
    );
    expect(reasonsOf(there!)).toEqual(['patient-context-mismatch']);
    expect(there?.text.replaceAll('p1', 'p3')).toBe(nowhere?.text);
  });

  it('judges the form of POST _search like a query', async () => {
    const limited = server.token('patient/*.rs', { patient: 'p2' });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await server.call('POST', 'Patient/_search', { token: limited, body: '_id=p1', headers });
    expect(reasonsOf(answer)).toEqual(['patient-context-mismatch']);
  });
});

describe('HEAD and conditional GET', () => {
  it('are authorized exactly like GET', async () => {
    const { headers } = await server.call('GET', 'Patient/p1', { token: all });
    const conditions: readonly Readonly<Record<string, string>>[] = [
      {},
      { 'if-none-match': String(headers['etag']) },
      { 'if-modified-since': String(headers['last-modified']) },
    ];
    for (const condition of conditions) {
      for (const method of ['GET', 'HEAD']) {
        const options = { headers: condition };
        expect((await server.call(method, 'Patient/p1', options)).status).toBe(401);
        const forbidden = await server.call(method, 'Patient/p1', {
          ...options,
          token: server.token('user/Observation.rs'),
        });
        expect(forbidden.status).toBe(403);
        expect(forbidden.headers['www-authenticate']).toContain('insufficient_scope');
        const hidden = await server.call(method, 'Patient/p1', {
          ...options,
          token: server.token('user/Patient.rs?identifier=nothing'),
        });
        expect(hidden.status).toBe(404);
      }
    }
  });
});

describe('how a token is sent', () => {
  it('no credentials are 401 with a bare challenge', async () => {
    const answer = await server.call('GET', 'Patient');
    expectOutcome(answer, 401);
    expect(reasonsOf(answer)).toContain('no-credentials');
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="fhir"/);
    expect(answer.headers['www-authenticate']).not.toContain('error=');
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('a repeated Authorization header is 400, even with twice the same token', async () => {
    const header = `Authorization: Bearer ${all}`;
    const answer = await raw('GET /fhir/r4/Patient HTTP/1.1', 'Host: x', header, header);
    expect([answer.status, reasonsOf(answer)]).toEqual([400, ['multiple-credentials']]);
    expect(answer.headers['www-authenticate']).toContain('error="invalid_request"');
  });

  it('a token in the query never counts and is not repeated', async () => {
    const alone = await server.call('GET', `Patient?access_token=${all}`);
    expect([alone.status, reasonsOf(alone)[0]]).toEqual([401, 'token-in-query']);
    const both = await server.call('GET', `Patient?access_token=${all}`, { token: all });
    expect([both.status, reasonsOf(both)]).toEqual([400, ['multiple-credentials']]);
    for (const { text, headers } of [alone, both]) {
      expect(text + JSON.stringify(headers)).not.toContain(all.split('.')[2]);
    }
  });

  it('a token in a form is no credential', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await server.call('POST', 'Patient/_search', { body: `access_token=${all}`, headers });
    expect(reasonsOf(answer)).toContain('no-credentials');
  });

  it('the name of the scheme is case-insensitive', async () => {
    for (const scheme of ['bearer', 'BEARER', 'BeArEr']) {
      const answer = await server.call('GET', 'Patient', { headers: { authorization: `${scheme} ${all}` } });
      expect(answer.status).toBe(200);
    }
  });
});

describe('HTTP Basic', () => {
  const authorization = `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}`;

  it('is refused while AUTH_BASIC is off, and the answer names the setting and /login', async () => {
    const answer = await server.call('GET', 'Patient', { headers: { authorization } });
    expectOutcome(answer, 401);
    expect(reasonsOf(answer)).toContain('scheme-unsupported');
    expect(answer.text).toContain('AUTH_BASIC');
    expect(answer.text).toContain('/login');
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer /);
  });

  it('gives with AUTH_BASIC=on exactly what a login gives', async () => {
    const open = await startServer({ AUTH_BASIC: 'on' });
    try {
      const login = await open.call('POST', 'login', { headers: { authorization } });
      const access = async (headers: Readonly<Record<string, string>>) => {
        const { status, body } = await open.call('GET', '$my-access', { headers });
        const expires = ({ name }: { name: string }) => name === 'expires';
        return { status, access: body.parameter.filter((one: { name: string }) => !expires(one)) };
      };
      const byBasic = await access({ authorization });
      expect(byBasic.status).toBe(200);
      expect(byBasic.access.length).toBeGreaterThan(100);
      expect(byBasic).toEqual(await access({ authorization: `Bearer ${login.body.access_token}` }));
      expect((await open.call('GET', 'Patient', { headers: { authorization } })).status).toBe(200);
      const wrong = `Basic ${Buffer.from('admin:wrong').toString('base64')}`;
      expectOutcome(await open.call('GET', 'Patient', { headers: { authorization: wrong } }), 401);
    } finally {
      await open.close();
    }
  });

  it('is 400 beside a token', async () => {
    const answer = await raw(
      'GET /fhir/r4/Patient HTTP/1.1',
      'Host: x',
      `Authorization: ${authorization}`,
      `Authorization: Bearer ${all}`,
    );
    expect([answer.status, reasonsOf(answer)]).toEqual([400, ['multiple-credentials']]);
  });
});
