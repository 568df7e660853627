/** Claims, scopes and references that pretend, as an attacker sends them over HTTP. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ExplainThrottle } from '../../src/fhir/http/explain-throttle.js';
import type { JsonObject } from '../../src/r4/json/json.js';
import { aBundle, putting } from '../support/resources.js';
import { type Answer, base, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());
beforeEach(() => server.app.get(ExplainThrottle).forget());

const headerBytes = ({ headers }: Answer): number =>
  Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + (value ?? '').length + 4, 0);
const explain = (token: string, request: string): Promise<Answer> =>
  server.call('POST', '$explain-access', {
    body: new URLSearchParams({ token, request }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/plain' },
  });

describe('claims', () => {
  const nasty = 'a\r\nSet-Cookie: x=1"\'<script>alert(1)</script>\u0000\u202e\\`';

  it.each(['iss', 'sub', 'aud', 'client_id', 'scope', 'patient', 'fhirUser', 'jti'])(
    'with CR/LF, quotes and HTML in %s reach neither headers nor markup',
    async (name) => {
      const token = server.issuer.token({ scope: 'user/Observation.rs', [name]: nasty });
      const answers = [await server.call('GET', 'Patient', { token }), await explain(token, 'GET Patient')];
      for (const { headers, text } of answers) {
        expect(Object.keys(headers)).not.toContain('set-cookie');
        expect(headers['www-authenticate'] ?? '').toMatch(/^[\x20-\x7e]*$/);
        expect(text).not.toMatch(/<script>|[^\P{C}\n]/u);
      }
    },
  );

  it.each(['sub', 'scope', 'patient', 'fhirUser', 'groups'])(
    'of 100 kB in %s are refused and not repeated',
    async (name) => {
      const token = server.issuer.token({ scope: 'user/*.rs', [name]: 'x'.repeat(100_000) });
      const answers = [await server.call('GET', 'Patient', { token }), await explain(token, 'GET Patient')];
      expect(answers.map(({ status }) => status)).toEqual([401, 200]);
      for (const answer of answers) {
        expect(answer.text).toContain('token-too-large');
        expect(answer.text.length).toBeLessThan(4_000);
        expect(headerBytes(answer)).toBeLessThan(4_096);
      }
    },
  );

  it('a fhirUser of another host is nobody here, whatever its path', async () => {
    for (const fhirUser of [
      'https://elsewhere.example/fhir/r4/Practitioner/dr',
      `${base}.evil.example/Practitioner/dr`,
      `${base}/../Practitioner/dr`,
      'https://elsewhere.example/?x=Practitioner/dr',
    ]) {
      const token = server.token('user/*.rs fhirUser', { fhirUser });
      const answer = await server.call('GET', 'Practitioner/dr', { token });
      expect([fhirUser, answer.status]).toEqual([fhirUser, 403]);
      expect(answer.text).toContain('user-unlinked');
      expect(answer.text).toContain('is no resource of this server');
    }
  });

  it('a fhirUser that is a Person, or no person, opens nothing where tokens without any are let in', async () => {
    for (const fhirUser of ['Person/anybody', `${base}/Person/anybody`, 'Organization/o1']) {
      const answer = await server.call('GET', 'Patient', { token: server.token('user/*.rs', { fhirUser }) });
      expect([fhirUser, answer.status]).toEqual([fhirUser, 403]);
      expect(answer.text).toContain('user-unlinked');
      expect(answer.text).not.toContain('userWithoutFhirUser to allow');
    }
  });
});

describe('60 granular scopes', () => {
  const scopes = Array.from(
    { length: 60 },
    (_, i) =>
      `patient/Observation.rs?category=http://terminology.example/CodeSystem/category-${i}|code-${'x'.repeat(20)}${i}`,
  ).join(' ');

  it('keep the headers of a refusal under 4 kB; the body names all that fails', async () => {
    const token = server.token(scopes, { patient: 'p1' });
    const refused = await server.call('GET', 'Patient/p1', { token });
    expect(refused.status).toBe(403);
    expect(headerBytes(refused)).toBeLessThan(4_096);
    const types = [
      'Account',
      'Flag',
      'Goal',
      'Task',
      'Device',
      'Coverage',
      'Contract',
      'Condition',
      'Encounter',
      'Procedure',
    ];
    const all = await server.call('GET', `?_type=${Array.from({ length: 60 }, (_, i) => types[i % 10]!).join(',')}`, {
      token,
    });
    expect(all.status).toBe(403);
    expect(headerBytes(all)).toBeLessThan(4_096);
    for (const type of types) expect(all.text).toContain(`patient/${type}.s`);
    const mine = await server.call('GET', '$my-access', { token, headers: { accept: 'text/plain' } });
    expect(mine.status).toBe(200);
    expect(headerBytes(mine)).toBeLessThan(4_096);
    expect(mine.text.split('category-').length).toBeGreaterThan(60);
  });
});

describe('references that pretend', () => {
  const observation = (id: string, subject: JsonObject) => ({
    resourceType: 'Observation',
    id,
    status: 'final',
    code: { text: 'x' },
    subject,
  });
  const foreign: Readonly<Record<string, JsonObject>> = {
    'other-host': { reference: 'https://other.example/fhir/r4/Patient/p1' },
    'other-path': { reference: `${base}/x/../Patient/p1` },
    longer: { reference: 'Patient/p10' },
    'by-identifier': { identifier: { system: 'urn:mrn', value: '1' }, type: 'Patient' },
    'only-display': { display: 'Patient/p1' },
    contained: { reference: '#p1' },
  };
  const own: Readonly<Record<string, JsonObject>> = {
    relative: { reference: 'Patient/p1' },
    absolute: { reference: `${base}/Patient/p1` },
    versioned: { reference: 'Patient/p1/_history/9' },
  };

  it('count when they are local, absolute here or versioned, and no others', async () => {
    const entries = [
      putting({ resourceType: 'Patient', id: 'p1', identifier: [{ system: 'urn:mrn', value: '1' }] }),
      ...Object.entries({ ...own, ...foreign })
        .filter(([id]) => id !== 'other-path' && id !== 'contained')
        .map(([id, subject]) => putting(observation(id, subject))),
    ];
    const stored = await server.call('POST', '', {
      token: server.token('user/*.cruds'),
      body: aBundle('batch', ...entries),
    });
    expect(stored.status).toBe(200);
    const token = server.token('patient/*.cruds', { patient: 'p1' });
    for (const id of Object.keys(own))
      expect([id, (await server.call('GET', `Observation/${id}`, { token })).status]).toEqual([id, 200]);
    for (const id of Object.keys(foreign))
      expect([id, (await server.call('GET', `Observation/${id}`, { token })).status]).toEqual([id, 404]);
    const found = await server.call('GET', 'Observation?_count=50', { token });
    const ids = found.body.entry.map(({ resource }: { resource: { id: string } }) => resource.id);
    expect(ids.toSorted()).toEqual(Object.keys(own).toSorted());
  });

  it.each(Object.entries(foreign))('by %s nothing is written into the record', async (_name, subject) => {
    const token = server.token('patient/*.cruds', { patient: 'p1' });
    const { id: _id, ...body } = observation('x', subject);
    const answer = await server.call('POST', 'Observation', { token, body });
    expect([400, 403, 422]).toContain(answer.status);
  });
});

describe('explanations as an oracle', () => {
  it('are the same for ids that exist and that do not', async () => {
    await server.call('PUT', 'Patient/there', {
      token: server.token('user/*.cruds'),
      body: { resourceType: 'Patient', id: 'there' },
    });
    const token = server.token('patient/*.rs', { patient: 'p1', iat: 1_700_000_000, jti: 'one' });
    const texts: string[] = [];
    for (const id of ['there', 'nowhere']) {
      for (const line of [`GET Patient/${id}`, `GET Observation/${id}`, `GET Observation?subject=Patient/${id}`]) {
        texts.push((await explain(token, line)).text.replaceAll(id, 'ID'));
      }
    }
    expect(texts.slice(0, 3)).toEqual(texts.slice(3));
  });

  it('tell of a token what sending it tells, and no more', async () => {
    for (const token of [
      'opaque',
      'a.b.c',
      server.issuer.token({ aud: 'x', scope: 'user/*.rs' }),
      `${server.token('user/*.rs').slice(0, -4)}AAAA`,
    ]) {
      const refused = await server.call('GET', 'Patient', { token });
      const codes = refused.body.issue.map(
        (issue: { details: { coding: { code: string }[] } }) => issue.details.coding[0]!.code,
      );
      const { text } = await explain(token, 'GET Patient');
      const told = [...text.matchAll(/\[([a-z-]+)\]$/gm)].map(([, code]) => code);
      expect(new Set(told)).toEqual(new Set(codes));
    }
  });
});
