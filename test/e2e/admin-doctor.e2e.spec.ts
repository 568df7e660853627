// ADR 80: `lanyard doctor` over HTTP, and an issuer looked at before it is trusted
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAnsweringServer } from '../support/answering-server.js';
import { TestIssuer } from '../support/issuer.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let issuer: TestIssuer;
let other: Awaited<ReturnType<typeof startAnsweringServer>>;
let otherUrl: string;

/** Answers on a port that no setting names. */
const answers: Record<string, string> = {
  '/text/.well-known/openid-configuration': 'hello',
  '/big/.well-known/openid-configuration': `{"issuer":"${'x'.repeat(300_000)}"}`,
};

beforeAll(async () => {
  issuer = await TestIssuer.start('https://fhir.example/fhir/r4');
  other = await startAnsweringServer(answers);
  otherUrl = other.url;
  server = await startServer({ JWKS_ALLOW_PRIVATE: `${new URL(issuer.url).host},${new URL(otherUrl).host}` });
});
afterAll(async () => {
  await server?.close();
  await issuer?.close();
  other?.close();
});

const look = (body: object, token = server.token('admin/Client.c')) =>
  server.call('POST', '/admin/doctor/issuer', { token, body, headers: { 'content-type': 'application/json' } });

describe('GET /admin/doctor', () => {
  it('is 401 without a token, and 403 without admin/Job.r', async () => {
    expect((await server.call('GET', '/admin/doctor')).status).toBe(401);
    for (const scope of ['user/*.cruds', 'admin/Client.cruds', 'admin/Job.cuds'])
      expect((await server.call('GET', '/admin/doctor', { token: server.token(scope) })).status, scope).toBe(403);
  });

  it('tells what lanyard doctor tells, once for all who ask at about the same time', async () => {
    const token = server.token('admin/Job.r');
    const ask = () => server.call('GET', '/admin/doctor', { token });
    const [first, second] = await Promise.all([ask(), ask()]);
    expect([first.status, first.headers['cache-control']]).toEqual([200, 'no-store']);
    expect(second.body.at).toBe(first.body.at);
    const checks = first.body.findings.map(({ group, check }: Record<string, string>) => `${group}: ${check}`);
    expect(checks).toEqual(expect.arrayContaining(['database: migrations', 'public address: reachable']));
    for (const { status, cure } of first.body.findings)
      expect(status === 'failed' || status === 'warning' ? cure : 'none is needed').toBeTruthy();
  });
});

describe('the language of the doctor', () => {
  const token = () => server.token('admin/Job.r');
  const read = (language: string) =>
    server.call('GET', '/admin/doctor', { token: token(), headers: { 'accept-language': language } });

  it('is that of Accept-Language, of one and the same look', async () => {
    const [english, german] = [await read('fr'), await read('de-CH, en;q=0.5')];
    expect([english.headers['content-language'], german.headers['content-language']]).toEqual(['en', 'de']);
    expect(german.headers['vary']).toContain('Accept-Language');
    const one = (answer: typeof english) =>
      answer.body.findings.find(({ key }: Record<string, string>) => key === 'database.writable');
    expect(one(english)).toMatchObject({ group: 'database', title: 'Database', fact: 'It takes writes.' });
    expect(one(german)).toMatchObject({ group: 'database', title: 'Datenbank', fact: 'Sie nimmt Schreibzugriffe an.' });
    const machine = (answer: typeof english) =>
      answer.body.findings.map(({ group, check, status, key, values }: Record<string, unknown>) => [
        group,
        check,
        status,
        key,
        values,
      ]);
    expect(machine(german)).toEqual(machine(english));
  });

  it('is one of an issuer that is looked at, too', async () => {
    const { headers, body } = await server.call('POST', '/admin/doctor/issuer', {
      token: server.token('admin/Client.c'),
      body: { issuer: 'https://10.0.0.1/realms/x' },
      headers: { 'content-type': 'application/json', 'accept-language': 'de' },
    });
    expect(headers['content-language']).toBe('de');
    expect(body.findings[0]).toMatchObject({
      title: 'Aussteller https://10.0.0.1/realms/x',
      key: 'issuer.unreachable',
      fact: expect.stringContaining('führt zu einer Adresse innerhalb eines Netzes'),
    });
  });
});

describe('POST /admin/doctor/issuer', () => {
  it('is 401 without a token, and 403 without admin/Client.c', async () => {
    expect((await server.call('POST', '/admin/doctor/issuer', { body: { issuer: issuer.url } })).status).toBe(401);
    for (const scope of ['user/*.cruds', 'admin/Client.ruds', 'admin/Job.cruds'])
      expect((await look({ issuer: issuer.url }, server.token(scope))).status, scope).toBe(403);
  });

  it('tells what an issuer publishes, whether its keys can be used, and what SMART misses there', async () => {
    const { status, body } = await look({ issuer: issuer.url });
    expect(status).toBe(200);
    expect(body.published).toMatchObject({ issuer: issuer.url, jwks_uri: expect.stringContaining(issuer.url) });
    const statusOf = Object.fromEntries(
      body.findings.map((one: Record<string, string>) => [one['check'], one['status']]),
    );
    expect(statusOf).toMatchObject({ reachable: 'ok', 'issuer-equal': 'ok', keys: 'ok' });
    expect(statusOf).toHaveProperty('grant_types_supported');
  });

  it('says that keys do not fit the algorithms that were named', async () => {
    const { body } = await look({ issuer: issuer.url, algorithms: ['PS512', 'ES512'] });
    const keys = body.findings.find(({ check }: Record<string, string>) => check === 'keys');
    expect(keys).toMatchObject({ status: 'failed', cure: expect.stringContaining('algorithms') });
  });

  it('says that only the slash at the end differs', async () => {
    const { body } = await look({ issuer: `${issuer.url}/` });
    const name = body.findings.find(({ check }: Record<string, string>) => check === 'issuer-equal');
    expect(name.fact).toContain('Only the slash at the end differs');
  });

  it.each([
    ['text', 'did not answer with a JSON object'],
    ['big', 'more than 256 kB'],
    ['moved', 'answered 302'],
  ])('says of %s why it cannot be read', async (path, why) => {
    const { status, body } = await look({ issuer: `${otherUrl}/${path}` });
    expect(status).toBe(200);
    expect(body.findings[0]).toMatchObject({
      check: 'reachable',
      status: 'failed',
      fact: expect.stringContaining(why),
    });
    expect(body.published).toBeUndefined();
  });

  it('asks nothing inside a network that no setting names, and says so alike whatever is there', async () => {
    const told = await Promise.all(
      ['http://127.0.0.1:1', `http://127.0.0.1:${Number(new URL(otherUrl).port) + 1}`, 'https://10.0.0.1/realms/x'].map(
        async (url) => (await look({ issuer: url })).body.findings[0].fact as string,
      ),
    );
    for (const fact of told)
      expect(fact).toContain('leads to an address inside a network (JWKS_ALLOW_PRIVATE does not name it)');
    const { body } = await look({ issuer: 'http://169.254.169.254/latest/meta-data' });
    expect(body.findings[0].fact).toContain('is not an https address');
  });

  it.each([
    ['nothing', {}],
    ['a number', { issuer: 7 }],
    ['an unknown member', { issuer: 'https://idp.example', audience: 'x' }],
    ['an unknown algorithm', { issuer: 'https://idp.example', algorithms: ['HS256'] }],
    ['a long text', { issuer: `https://idp.example/${'x'.repeat(3000)}` }],
  ])('is 400 for %s, with an example', async (_, body) => {
    const answer = await look(body);
    expect([answer.status, answer.body.error_description]).toEqual([
      400,
      expect.stringContaining('{"issuer":"https://'),
    ]);
  });

  it('says of a text that is no address that it is none', async () => {
    const { body } = await look({ issuer: 'hospital' });
    expect(body.findings[0].fact).toContain('its name is not an address');
  });
});
