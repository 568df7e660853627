// Setting REFERENTIAL_INTEGRITY over HTTP: https://hl7.org/fhir/R4/http.html#delete, #create, #transaction
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

/** Runs `work` against a server on the one database; what it stored stays. */
async function withServer(setting: 'on' | 'off', work: (call: Call) => Promise<void>): Promise<void> {
  const kept = { ...database, drop: async () => undefined };
  const server = await startServer({ REFERENTIAL_INTEGRITY: setting }, [], kept);
  try {
    const token = server.token('user/*.cruds user/AuditEvent.rs');
    await work(async (method, path, body) => {
      const send = () => server.call(method, path, { token, ...(body && { body }) });
      // Until what was stored under the other setting is indexed, what needs that is 503.
      return vi.waitUntil(async () => send().then((answer) => answer.status !== 503 && answer), { timeout: 30_000 });
    });
  } finally {
    await server.close();
  }
}
type Call = (method: string, path: string, body?: object) => ReturnType<TestServer['call']>;

const diagnosticsOf = (body: { issue: readonly { diagnostics?: string }[] }) => body.issue[0]!.diagnostics;
const extended = (reference: string): JsonObject => ({
  ...aPatient(),
  id: 'holder',
  extension: [{ url: 'http://example.org/x', valueReference: { reference } }],
});

describe('REFERENTIAL_INTEGRITY', () => {
  it('is off unless it is asked for: references may lead nowhere, and anything can be deleted', async () => {
    await withServer('off', async (call) => {
      expect((await call('POST', 'Observation', anObservation('Patient/nobody'))).status).toBe(201);
      expect((await call('PUT', 'Patient/held', { ...aPatient(), id: 'held' })).status).toBe(201);
      expect((await call('PUT', 'Patient/holder', extended('Patient/held'))).status).toBe(201);
      expect((await call('PUT', 'Patient/passed', { ...aPatient(), id: 'passed' })).status).toBe(201);
      expect((await call('PUT', 'Patient/gone', { ...aPatient(), id: 'gone' })).status).toBe(201);
      expect((await call('DELETE', 'Patient/gone')).status).toBe(204);
    });
  });

  it('counts what was stored before it was turned on', async () => {
    await withServer('on', async (call) => {
      const refused = await call('DELETE', 'Patient/held');
      expect(refused.status).toBe(409);
      expect(diagnosticsOf(refused.body)).toContain('Patient/held cannot be deleted while other resources refer to it');
      expect((await call('DELETE', 'Patient/passed')).status).toBe(204);
    });
  });

  it('does not count what the audit tells', async () => {
    await withServer('on', async (call) => {
      expect((await call('PUT', 'Patient/told', { ...aPatient(), id: 'told' })).status).toBe(201);
      const told = await call('GET', 'AuditEvent?entity=Patient/told');
      expect(told.body.entry).toHaveLength(1);
      expect((await call('DELETE', 'Patient/told')).status).toBe(204);
    });
  });

  it('counts what was stored while it was off again', async () => {
    await withServer('off', async (call) => {
      expect((await call('PUT', 'Patient/late', { ...aPatient(), id: 'late' })).status).toBe(201);
      expect((await call('POST', 'Patient', extended('Patient/late'))).status).toBe(201);
    });
    await withServer('on', async (call) => {
      expect((await call('DELETE', 'Patient/late')).status).toBe(409);
    });
  });

  it('refuses a reference to nothing with its place, alone and in a transaction', async () => {
    await withServer('on', async (call) => {
      const { status, body } = await call('POST', 'Observation', anObservation('Patient/nobody'));
      expect(status).toBe(422);
      expect(body.issue).toEqual([
        {
          severity: 'error',
          code: 'not-found',
          diagnostics: expect.stringContaining('"Patient/nobody" does not exist'),
          expression: ['Observation.subject.reference'],
        },
      ]);
      const observation = { ...anObservation('Patient/nobody'), id: 'o' };
      const bundle = aBundle('transaction', putting({ ...aPatient(), id: 'fine' }), putting(observation));
      const failed = await call('POST', '', bundle);
      expect(failed.status).toBe(422);
      expect(failed.body.issue[0].expression).toEqual(['Bundle.entry[1].resource.subject.reference']);
      expect((await call('GET', 'Patient/fine')).status).toBe(404);
    });
  });

  it('takes references within one transaction, also by fullUrl, and deletes them together', async () => {
    await withServer('on', async (call) => {
      const fullUrl = 'urn:uuid:6b0e1a4e-8a4c-4f0e-9d0c-0b9f2f1b7a11';
      const patient = { fullUrl, resource: aPatient(), request: { method: 'POST', url: 'Patient' } };
      const made = await call(
        'POST',
        '',
        aBundle('transaction', putting({ ...anObservation(fullUrl), id: 'o' }), patient),
      );
      expect(made.status, made.text).toBe(200);
      const address = /Patient\/[^/]+/.exec(made.body.entry[1].response.location)![0];
      expect((await call('DELETE', address)).status).toBe(409);
      const deleting = ['Observation/o', address].map((url) => ({ request: { method: 'DELETE', url } }));
      expect((await call('POST', '', aBundle('transaction', ...deleting))).status).toBe(200);
    });
  });

  it('answers each entry of a batch by itself', async () => {
    await withServer('on', async (call) => {
      const entries = ['Patient/nobody', 'Patient/holder'].map((to, i) =>
        putting({ ...anObservation(to), id: `b${i}` }),
      );
      const { body } = await call('POST', '', aBundle('batch', ...entries));
      expect(body.entry.map(({ response }: { response: { status: string } }) => response.status.slice(0, 3))).toEqual([
        '422',
        '201',
      ]);
    });
  });
});
