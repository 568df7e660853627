// TIME_ZONE: what dates without a zone mean, and what becomes of stored ones when it changes
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endPauseOfIndexing, until } from '../support/custom-parameters.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { startServer, type TestServer } from '../support/server.js';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

async function withServer<T>(zone: string, work: (server: TestServer) => Promise<T>): Promise<T> {
  const kept = { ...database, drop: async () => undefined };
  const server = await startServer({ TIME_ZONE: zone, AUDIT: 'off' }, [], kept);
  try {
    return await work(server);
  } finally {
    await endPauseOfIndexing(server);
    await server.close();
  }
}

const observation = (id: string, effectiveDateTime: string) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'x' },
  effectiveDateTime,
});

const consent = {
  resourceType: 'Consent',
  id: 'c',
  status: 'active',
  scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
  category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
  patient: { reference: 'Patient/p' },
  policy: [{ uri: 'http://example.org/policy' }],
  provision: { type: 'deny', period: { end: '2024-05-01' } },
};

async function find(server: TestServer, query: string, scope = 'user/*.rs'): Promise<readonly string[]> {
  const { status, body, text } = await until(
    () => server.call('GET', query, { token: server.token(scope) }),
    (answer) => answer.status !== 503,
  );
  expect(status, text).toBe(200);
  return (body.entry ?? []).map(({ resource: { id } }: { resource: { id: string } }) => id);
}

async function put(server: TestServer, resource: { resourceType: string; id: string }): Promise<void> {
  const address = `${resource.resourceType}/${resource.id}`;
  // A machine: whatever Consents there are withhold nothing from it.
  const token = server.token('system/*.cruds', { sub: 'loader', client_id: 'loader' });
  const { status, text } = await server.call('PUT', address, { token, body: resource });
  expect(status, text).toBe(201);
}

const endOfConsent = async (server: TestServer) => {
  const rows: { ends: Date }[] = await server.app.get(DataSource).query('SELECT ends FROM consent_rule');
  return rows.map(({ ends }) => ends.toISOString());
};

describe('a date without a zone', () => {
  it('is one of UTC by default', async () => {
    await withServer('UTC', async (server) => {
      await put(server, observation('day', '2024-05-01'));
      await put(server, consent);
      expect(await find(server, 'Observation?date=lt2024-05-01T02:00:00Z')).toEqual(['day']);
      expect(await find(server, 'Observation?date=2024-05-01')).toEqual(['day']);
      expect(await endOfConsent(server)).toEqual(['2024-05-02T00:00:00.000Z']);
    });
  });

  it('is one of TIME_ZONE, those that are stored already included', async () => {
    await withServer('America/New_York', async (server) => {
      expect(await find(server, 'Observation?date=lt2024-05-01T02:00:00Z')).toEqual([]);
      expect(await find(server, 'Observation?date=gt2024-05-02T03:59:58Z')).toEqual(['day']);
      expect(await find(server, 'Observation?date=2024-05-01')).toEqual(['day']);
      expect(await endOfConsent(server)).toEqual(['2024-05-02T04:00:00.000Z']);
    });
  });

  it('means the same in searches, chains, granular scopes and _lastUpdated', async () => {
    await withServer('Pacific/Kiritimati', async (server) => {
      await put(server, observation('evening', '2024-05-01T23:30:00+14:00'));
      const both = ['day', 'evening'];
      expect(await find(server, 'Observation?date=2024-05-01')).toEqual(both);
      expect(await find(server, 'Observation?_filter=date eq 2024-05-01')).toEqual(both);
      expect(await find(server, 'Observation?date=2024-05-01T23:30')).toEqual(['evening']);
      expect(await find(server, 'Observation', 'user/Observation.rs?date=2024-05-01')).toEqual(both);
      // Where the day begins first, tomorrow begins within ten hours of any time of UTC's afternoon.
      const today = new Date(Date.now() + 14 * 3_600_000).toISOString().slice(0, 10);
      expect(await find(server, `Observation?_lastUpdated=${today}`)).toContain('evening');
    });
  });

  it('and a time that the clocks of the zone leave out is 400, with the zone', async () => {
    await withServer('America/New_York', async (server) => {
      const token = server.token('user/*.rs');
      const { status, body } = await server.call('GET', 'Observation?date=2024-03-10T02:30', { token });
      expect(status).toBe(400);
      expect(body.issue[0].diagnostics).toContain('there is no such date or time (zone America/New_York)');
      expect(await find(server, 'Observation?date=2024-03-10T02:30Z')).toEqual([]);
    });
  });

  it('leaves the rows alone when nothing changed', async () => {
    const rows = (server: TestServer) =>
      server.app.get(DataSource).query('SELECT id, xmin::text FROM resource_observation ORDER BY id');
    const before = await withServer('America/New_York', rows);
    expect(await withServer('america/new_york', rows)).toEqual(before);
    const indexed = (server: TestServer) => find(server, 'Observation?date=2024-05-01').then(() => rows(server));
    expect(await withServer('Europe/Berlin', indexed)).not.toEqual(before);
  });
});
