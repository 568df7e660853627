import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { AccessPolicies } from '../../src/fhir/storage/policies/access-policies.js';
import { AccessRules } from '../../src/scope/access-rules.js';
import { aConsent, aLabel, anActor, labelled } from '../support/consents.js';
import { reasonsOf } from '../support/outcome.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { type Answer, base, startServer, type TestServer } from '../support/server.js';

/** Breaking the glass: by whom it is refused, what it does not lift, and that nothing of it is left afterwards. */
let server: TestServer;
let loader: string;
let doctor: string;

const glass = { 'x-purpose-of-use': 'BTG; reason="emergency"' };
const practitioner = { fhirUser: `${base}/Practitioner/dr`, client_id: 'chart' };
const mayBreak = { break_glass: true };

beforeAll(async () => {
  server = await startServer({ CONSENT: 'all' });
  loader = server.token('system/*.cruds', { sub: 'loader', client_id: 'loader', consent_exempt: true });
  doctor = server.token('user/*.cruds', { ...practitioner, ...mayBreak });
  await store(
    ...['p1', 'p2'].map((id) => ({ ...aPatient(), id })),
    ...['o1', 'o2', 'o3'].map((id) => ({ ...anObservation('Patient/p1'), id })),
    { ...anObservation('Patient/p1', labelled(aLabel('V'))), id: 'very-secret' },
    { ...anObservation('Patient/p1', { status: 'amended' }), id: 'amended' },
    { ...anObservation('Patient/p2'), id: 'of-p2' },
    { ...aConsent('Patient/p1'), id: 'denial' },
  );
});
afterAll(() => server?.close());

async function store(...resources: readonly JsonObject[]): Promise<void> {
  const body = aBundle('transaction', ...resources.map(putting));
  const { status, text } = await server.call('POST', '', { token: loader, body });
  expect(status, text).toBe(200);
}

const get = (token: string, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  server.call('GET', path, { token, headers });
const idsOf = ({ body }: Answer): readonly string[] =>
  ((body.entry ?? []) as { resource: { resourceType: string; id: string } }[])
    .filter(({ resource }) => resource.resourceType === 'Observation')
    .map(({ resource }) => resource.id)
    .toSorted();
const pathOf = (url: string): string => url.slice(base.length + 1);
const nextOf = ({ body }: Answer): string =>
  pathOf(body.link.find(({ relation }: { relation: string }) => relation === 'next').url as string);

describe('who has no right to it', () => {
  it.each<[string, string, JsonObject]>([
    ['a user without the right', 'user/*.cruds', practitioner],
    ['a machine', 'system/*.cruds', { sub: 'robot', client_id: 'robot' }],
    ['a patient', 'patient/*.rs', { patient: 'p2', fhirUser: `${base}/Patient/p2` }],
    ['a user with a right that is not true', 'user/*.cruds', { ...practitioner, break_glass: 'true' }],
  ])('is refused on every path, with the reason: %s', async (_who, scope, claims) => {
    const token = server.token(scope, claims);
    const body = aBundle('batch', { request: { method: 'GET', url: 'Observation/o1' } });
    const answers = [
      await get(token, 'Observation/of-p2', glass),
      await get(token, 'Observation?patient=p2', glass),
      await get(token, 'Observation/o1/_history', glass),
      await server.call('POST', '', { token, body, headers: glass }),
    ];
    for (const answer of answers) {
      expect([answer.status, reasonsOf(answer)], answer.text).toEqual([403, ['break-glass-not-granted']]);
      expect(answer.body.issue[0].diagnostics).toContain('--break-glass');
    }
  });

  it('is refused where two headers would leave the purpose open, and in an entry of a bundle nothing counts', async () => {
    for (const value of [
      'TREAT, BTG; reason="emergency"',
      'BTG; reason="a", BTG; reason="b"',
      'BTG;reason=emergency',
    ]) {
      const answer = await get(doctor, 'Observation/o1', { 'x-purpose-of-use': value });
      expect([value, answer.status, reasonsOf(answer)]).toEqual([value, 400, ['purpose-malformed']]);
    }
    const entry = { request: { method: 'GET', url: 'Observation/o1', 'x-purpose-of-use': glass['x-purpose-of-use'] } };
    const { body } = await server.call('POST', '', { token: doctor, body: aBundle('batch', entry) });
    expect(body.entry?.[0].response.status ?? '404').toMatch(/^40[04]/);
  });
});

describe('what it does not lift', () => {
  it('are labels, policies, records and scopes: the answer is that of an absent id', async () => {
    const policy = {
      name: 'final-only',
      description: 'only what is final',
      assignedTo: { clients: ['final-only'] },
      rules: [{ types: ['Observation'], constrain: 'status=final' }],
    };
    await server.app.get(AccessPolicies).put(policy, 'loader');
    await server.app.get(AccessRules).refresh();
    const limited: readonly (readonly [string, string, JsonObject])[] = [
      ['very-secret', 'user/*.cruds', { ...practitioner, ...mayBreak, clearance: 'N' }],
      ['amended', 'user/*.cruds', { ...practitioner, ...mayBreak, client_id: 'final-only' }],
      ['of-p2', 'patient/*.rs user/Practitioner.r', { ...practitioner, ...mayBreak, patient: 'p1' }],
      ['amended', 'user/Observation.rs?status=final', { ...practitioner, ...mayBreak }],
    ];
    for (const [id, scope, claims] of limited) {
      const token = server.token(scope, claims);
      expect((await get(token, 'Observation/o1', glass)).status, scope).toBe(200);
      const [hidden, absent] = [await get(token, `Observation/${id}`, glass), await get(token, 'Observation/x', glass)];
      expect(hidden.status).toBe(404);
      expect(hidden.text.replaceAll(id, 'x')).toBe(absent.text);
      expect(idsOf(await get(token, 'Observation?_count=50', glass))).not.toContain(id);
      expect((await get(token, `Observation/${id}/_history`, glass)).status).toBe(404);
    }
  });
});

describe('what is left of it', () => {
  it('are no page links: one of a broken glass counts for no other request', async () => {
    const first = await get(doctor, 'Observation?_count=1', glass);
    const next = nextOf(first);
    const without = await get(doctor, next);
    expect([without.status, reasonsOf(without)]).toEqual([403, ['cursor-foreign']]);
    expect((await get(doctor, next, glass)).status).toBe(200);
    const history = nextOf(await get(doctor, 'Observation/_history?_count=1', glass));
    expect(reasonsOf(await get(doctor, history))).toEqual(['cursor-foreign']);
    const plain = nextOf(await get(doctor, '_history?_count=1'));
    expect(reasonsOf(await get(doctor, plain, glass))).toEqual(['cursor-foreign']);
  });

  it('are no validators: what was seen is 404 and not 304', async () => {
    const seen = await get(doctor, 'Observation/o1', glass);
    const etag = seen.headers['etag'] ?? '';
    const since = seen.headers['last-modified'] ?? '';
    expect([seen.status, etag, since]).toEqual([200, 'W/"1"', expect.stringMatching(/GMT$/)]);
    expect(seen.headers['cache-control']).toMatch(/no-store|no-cache|private/);
    expect((await get(doctor, 'Observation/o1', { ...glass, 'if-none-match': etag })).status).toBe(304);
    const absent = await get(doctor, 'Observation/x');
    for (const headers of [{ 'if-none-match': etag }, { 'if-modified-since': since }]) {
      const answer = await get(doctor, 'Observation/o1', headers);
      expect([answer.status, answer.text.replaceAll('o1', 'x')]).toEqual([404, absent.text]);
    }
    const head = await server.call('HEAD', 'Observation/o1', { token: doctor });
    expect([head.status, head.headers['etag']]).toEqual([404, undefined]);
    expect((await get(doctor, 'Observation/o1/_history/1')).status).toBe(404);
  });

  it('are no answers kept for a repeated request', async () => {
    const body = anObservation('Patient/p1', { status: 'preliminary' });
    const key = { 'idempotency-key': '"0f9a2b3c4d5e6f70"', prefer: 'return=representation' };
    const made = await server.call('POST', 'Observation', { token: doctor, body, headers: { ...glass, ...key } });
    expect([made.status, made.body.resourceType]).toEqual([201, 'Observation']);
    const again = await server.call('POST', 'Observation', { token: doctor, body, headers: key });
    expect(again.text).not.toContain('preliminary');
    expect(again.status).toBe(422);
  });

  it('is no match of a conditional request: what was found is not found without', async () => {
    const url = 'Observation?_id=o1&status=final';
    const body = { ...anObservation('Patient/p2'), id: 'o1' };
    const headers = { 'if-none-exist': '_id=o1&status=final' };
    const under = await server.call('POST', 'Observation', { token: doctor, body, headers: { ...glass, ...headers } });
    expect([under.status, under.headers['location']]).toEqual([200, expect.stringContaining('/Observation/o1/')]);
    const without = await server.call('POST', 'Observation', { token: doctor, body, headers });
    expect(without.status).toBe(201);
    const gone = await server.call('DELETE', url, { token: doctor });
    const none = await server.call('DELETE', 'Observation?_id=x&status=final', { token: doctor });
    expect([gone.status, gone.text]).toEqual([none.status, none.text]);
    expect((await get(doctor, 'Observation/o1', glass)).status).toBe(200);
  });

  it('is the audit: each request of a bundle and of a page is there with purpose and reason', async () => {
    const auditor = server.token('system/AuditEvent.rs', { sub: 'auditor', client_id: 'auditor' });
    const eventsOf = async ({ headers }: Answer) =>
      ((await get(auditor, `AuditEvent?entity:identifier=${headers['x-request-id']}`)).body.entry ?? []) as {
        resource: JsonObject;
      }[];
    const body = aBundle(
      'batch',
      { request: { method: 'GET', url: 'Observation/o1' } },
      { request: { method: 'GET', url: 'Observation?patient=p1' } },
    );
    const batch = await server.call('POST', '', { token: doctor, body, headers: glass });
    expect(
      batch.body.entry.map(({ response }: { response: { status: string } }) => response.status.slice(0, 3)),
    ).toEqual(['200', '200']);
    const page = await get(doctor, nextOf(await get(doctor, 'Observation?_count=1', glass)), glass);
    for (const answer of [batch, page]) {
      const events = await eventsOf(answer);
      expect(events.length).toBeGreaterThan(0);
      for (const { resource } of events) {
        const text = JSON.stringify(resource['purposeOfEvent']);
        expect(text).toContain('"BTG"');
        expect(text).toContain('emergency');
      }
      expect(JSON.stringify(events)).toMatch(/Observation\/[\w-]+\/_history\//);
    }
  });
});

describe('a Consent that names who breaks the glass', () => {
  it('is lifted for looking and for nothing that lasts: the Consent itself stays out of reach', async () => {
    const named = server.token('user/*.cruds', { ...practitioner, ...mayBreak });
    await store({ ...aConsent('Patient/p2', { actor: [anActor('Practitioner/dr')] }), id: 'names' });
    expect((await get(named, 'Observation/of-p2')).status).toBe(404);
    expect((await get(named, 'Observation/of-p2', glass)).status).toBe(200);
    const lifted = { ...aConsent('Patient/p2', {}, { status: 'inactive' }), id: 'names' };
    const ways = [
      () => server.call('PUT', 'Consent/names', { token: named, body: lifted, headers: glass }),
      () => server.call('DELETE', 'Consent/names', { token: named, headers: glass }),
      () => server.call('POST', '', { token: named, body: aBundle('transaction', putting(lifted)), headers: glass }),
    ];
    for (const way of ways) {
      const answer = await way();
      expect([answer.status, answer.text.includes('Consents that do not limit the caller')]).toEqual([404, true]);
    }
    await server.call('DELETE', 'Consent/names', { token: loader });
  });
});
