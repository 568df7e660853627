// https://hl7.org/fhir/R4/http.html#delete, docs/adr/0190: what never existed is deleted with success, for whom nothing is out of reach
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aConsent } from '../support/consents.js';
import { expectOutcome } from '../support/outcome.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { base, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let all: string;
const machine = { sub: 'machine', client_id: 'machine', consent_exempt: true };
beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds', { fhirUser: `${base}/Practitioner/pr1` });
});
afterAll(() => server.close());

const remove = (path: string, token = all, headers: Readonly<Record<string, string>> = {}) =>
  server.call('DELETE', path, { token, headers });
const deleting = (id: string, more: object = {}) => ({ request: { method: 'DELETE', url: `Patient/${id}`, ...more } });
const bundle = (type: 'batch' | 'transaction', entries: readonly object[], headers = {}, token = all) =>
  server.call('POST', '', { token, headers, body: { resourceType: 'Bundle', type, entry: entries } as never });

describe.each(['batch', 'transaction'] as const)('in a %s', (type) => {
  it('is 204 without a version, and leaves the other entries', async () => {
    const id = `beside-${type}`;
    const { status, body } = await bundle(type, [deleting('never'), putting(aPatient({ id }))]);
    expect(status).toBe(200);
    expect(body.entry[0]).toEqual({ response: { status: '204 No Content' } });
    expect(body.entry[1].response.status).toBe('201 Created');
    expect((await server.call('GET', 'Patient/never', { token: all })).status).toBe(404);
  });

  it('is told by Prefer: return=OperationOutcome', async () => {
    const { body } = await bundle(type, [deleting('never')], { prefer: 'return=OperationOutcome' });
    const { status, outcome } = body.entry[0].response;
    expect(status).toBe('204 No Content');
    expect(outcome.issue[0]).toMatchObject({
      severity: 'information',
      diagnostics: 'Patient/never does not exist, so there was nothing to delete.',
    });
  });

  it('is answered again by its Idempotency-Key', async () => {
    const entries = [deleting(`key-${type}`), { resource: aPatient(), request: { method: 'POST', url: 'Patient' } }];
    const headers = { 'idempotency-key': randomUUID() };
    const first = await bundle(type, entries, headers);
    expect(first.status).toBe(200);
    expect((await bundle(type, entries, headers)).text).toBe(first.text);
  });

  it('is 412 with If-Match', async () => {
    const { status, body } = await bundle(type, [deleting('never', { ifMatch: 'W/"1"' })]);
    expect(type === 'batch' ? body.entry[0].response.status.slice(0, 3) : `${status}`).toBe('412');
  });
});

it('is written down as a request that changed nothing', async () => {
  const id = randomUUID();
  expect((await remove('Patient/audited', all, { 'x-request-id': id })).status).toBe(204);
  const auditor = server.token('system/AuditEvent.rs', { sub: 'auditor', client_id: 'auditor' });
  const { body, text } = await server.call('GET', `AuditEvent?entity:identifier=${id}`, { token: auditor });
  expect(body.entry, text).toHaveLength(1);
  expect(body.entry[0].resource).toMatchObject({ subtype: [{ code: 'delete' }], action: 'D', outcome: '0' });
  expect(text).not.toContain('_history');
});

describe('to whom something may be out of reach', () => {
  const hidden = 'Observation/theirs';
  beforeAll(async () => {
    const token = server.token('system/*.cruds', machine);
    const stored = [aPatient({ id: 'p2' }), anObservation('Patient/p2', { id: 'theirs' })];
    await bundle('transaction', stored.map(putting), {}, token);
  });

  it.each([
    ['patient/*.cruds', { patient: 'p1' }],
    ['user/Observation.cruds?status=amended', {}],
    ['user/*.cruds', { clearance: 'N' }],
  ])('is the 404 of what is hidden: %s %j', async (scope, claims) => {
    const token = server.token(scope, claims);
    const never = await remove('Observation/never1', token);
    expectOutcome(never, 404);
    if (scope === 'user/*.cruds') return;
    const other = await remove(hidden, token);
    expect([other.status, other.text]).toEqual([404, never.text.replaceAll('never1', 'theirs')]);
  });

  it('is that of Consents as long as one denies something, and for a loader with own ids, too', async () => {
    const token = server.token('system/*.cruds', machine);
    const loader = server.token('user/*.cruds', { fhirUser: `${base}/Practitioner/pr1`, own_ids: true });
    const consent = { ...aConsent('Patient/p2'), id: 'denial' };
    const answer = await server.call('POST', '', { token, body: aBundle('transaction', putting(consent)) });
    expect(answer.status, answer.text).toBe(200);
    for (const one of [all, loader]) {
      const [never, other] = [await remove('Observation/never1', one), await remove(hidden, one)];
      expect([never.status, other.status]).toEqual([404, 404]);
      expect(other.text).toBe(never.text.replaceAll('never1', 'theirs'));
      expect((await bundle('transaction', [deleting('never')], {}, one)).status).toBe(404);
    }
    expect((await remove('Observation/never1', token)).status).toBe(204);
    expect((await remove('Consent/denial', token)).status).toBe(204);
    expect((await remove('Observation/never1')).status).toBe(204);
  });
});
