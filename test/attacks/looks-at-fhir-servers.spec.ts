// ADR 80: this server looks at another FHIR server for who names it, and at nothing inside a network
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAnsweringServer } from '../support/answering-server.js';
import { TestIssuer } from '../support/issuer.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let issuer: TestIssuer;
let other: Awaited<ReturnType<typeof startAnsweringServer>>;
let otherUrl: string;

/** Answers on a port that a setting names. */
const answers: Record<string, string> = {
  '/fhir/metadata': JSON.stringify({
    resourceType: 'CapabilityStatement',
    fhirVersion: '4.0.1',
    software: { name: 'Other <b>server</b>' },
  }),
  '/r5/metadata': JSON.stringify({
    resourceType: 'CapabilityStatement',
    fhirVersion: '5.0.0',
    implementation: { url: 'https://elsewhere.example/r5' },
  }),
  '/inside/metadata': '{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1"}',
  '/inside/.well-known/smart-configuration': '{"issuer":"http://127.0.0.1:1/inside","capabilities":[7]}',
  '/page/metadata': '<html>',
  '/other/metadata': '{"resourceType":"Bundle"}',
  '/huge/metadata': `{"resourceType":"${'x'.repeat(4_300_000)}"}`,
};

beforeAll(async () => {
  issuer = await TestIssuer.start('https://fhir.example/fhir/r4');
  other = await startAnsweringServer(answers);
  otherUrl = other.url;
  answers['/fhir/.well-known/smart-configuration'] = JSON.stringify({
    issuer: issuer.url,
    token_endpoint: `${issuer.url}/token`,
    capabilities: ['launch-ehr', 'client-confidential-asymmetric'],
  });
  server = await startServer({ JWKS_ALLOW_PRIVATE: `${new URL(issuer.url).host},${new URL(otherUrl).host}` });
});
afterAll(async () => {
  await server?.close();
  await issuer?.close();
  other?.close();
});

describe('POST /admin/doctor/fhir-server', () => {
  const lookAt = (body: object, token = server.token('admin/Client.c')) =>
    server.call('POST', '/admin/doctor/fhir-server', { token, body, headers: { 'content-type': 'application/json' } });
  const checksOf = (body: { readonly findings: readonly Record<string, string>[] }) =>
    Object.fromEntries(body.findings.map(({ check, status }) => [check, status]));

  it('is 401 without a token, and 403 without admin/Client.c', async () => {
    const body = { base: `${otherUrl}/fhir` };
    expect((await server.call('POST', '/admin/doctor/fhir-server', { body })).status).toBe(401);
    for (const scope of ['user/*.cruds', 'admin/Client.ruds', 'admin/Job.cruds'])
      expect((await lookAt(body, server.token(scope))).status, scope).toBe(403);
  });

  it('tells what a server publishes, and what is found about the issuer that it names', async () => {
    const { status, body } = await lookAt({ base: `${otherUrl}/fhir/` });
    expect(status).toBe(200);
    expect(body.published).toEqual({
      base: `${otherUrl}/fhir`,
      fhirVersion: '4.0.1',
      software: 'Other <b>server</b>',
      issuer: issuer.url,
      token_endpoint: `${issuer.url}/token`,
      jwks_uri: expect.stringContaining(issuer.url),
    });
    expect(checksOf(body)).toMatchObject({ metadata: 'ok', 'smart-configuration': 'ok', reachable: 'ok', keys: 'ok' });
    expect(body.findings[0].title).toBe(`FHIR server ${otherUrl}/fhir`);
  });

  it('says that it is of another release, is called otherwise, and sends apps nowhere', async () => {
    const { body } = await lookAt({ base: `${otherUrl}/r5` });
    expect(checksOf(body)).toEqual({ metadata: 'warning', base: 'warning', 'smart-configuration': 'warning' });
    for (const { cure } of body.findings) expect(cure).toBeTruthy();
  });

  it.each([
    ['page', 'did not answer with a JSON object'],
    ['huge', 'more than 4 MB'],
    ['moved', 'answered 302'],
    ['other', 'is no CapabilityStatement'],
  ])('says of %s why it cannot be read', async (path, why) => {
    const { status, body } = await lookAt({ base: `${otherUrl}/${path}` });
    expect([status, body.published]).toEqual([200, undefined]);
    expect(body.findings).toEqual([
      expect.objectContaining({ check: 'metadata', status: 'failed', fact: expect.stringContaining(why) }),
    ]);
  });

  it('asks nothing inside a network, and says so alike whatever is there', async () => {
    const port = Number(new URL(otherUrl).port) + 1;
    for (const base of [
      'http://127.0.0.1:1',
      `http://127.0.0.1:${port}/fhir`,
      'https://10.0.0.1/fhir',
      'https://[::1]/',
    ]) {
      const { body } = await lookAt({ base });
      expect(body.findings[0].fact, base).toContain(
        'leads to an address inside a network (JWKS_ALLOW_PRIVATE does not',
      );
    }
    for (const base of ['http://169.254.169.254/latest', 'http://metadata.google.internal/fhir'])
      expect((await lookAt({ base })).body.findings[0].fact, base).toContain('is not an https address');
  });

  it('asks nothing inside a network because a server that it looks at names it', async () => {
    const { body } = await lookAt({ base: `${otherUrl}/inside` });
    const reachable = body.findings.find(({ check }: Record<string, string>) => check === 'reachable');
    expect(reachable).toMatchObject({ status: 'failed', fact: expect.stringContaining('inside a network') });
  });

  it.each(['hospital', 'file:///etc/passwd', 'https://user:secret@fhir.example/r4', 'https://fhir.example/r4?x=1'])(
    'says that %s is no base, and asks nobody',
    async (base) => {
      const { body, text } = await lookAt({ base });
      expect(body.findings[0].fact).toContain('its name is not an address');
      expect(text).not.toContain('secret');
    },
  );

  it.each([{}, { base: 7 }, { base: '' }, { base: 'https://fhir.example', token: 'x' }, { base: 'x'.repeat(3000) }])(
    'is 400 for %j, with an example',
    async (body) => {
      const answer = await lookAt(body);
      expect([answer.status, answer.body.error_description]).toEqual([
        400,
        expect.stringContaining('{"base":"https://'),
      ]);
    },
  );
});
