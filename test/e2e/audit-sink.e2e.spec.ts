// docs/extensions/parts.md, AUDIT_SINK: AuditEvents go elsewhere, too
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import { AuditDeliveries } from '../../src/fhir/storage/audit/delivery/audit-deliveries.js';
import { AUDIT_SINK, type AuditSink, type SunkEvent } from '../../src/fhir/storage/audit/delivery/audit-sink.js';
import { startServer, type TestServer } from '../support/server.js';

/** Keeps what it is sent, and does wrong what it is told to. */
class Kept implements AuditSink {
  readonly name = 'kept';
  readonly timeout = 300;
  readonly events: SunkEvent[] = [];
  fault: 'none' | 'throw' | 'hang' | 'late' = 'none';

  async send(events: readonly SunkEvent[]): Promise<void> {
    if (this.fault === 'throw') throw new Error('no syslog at /secret');
    if (this.fault === 'hang') return new Promise<never>(() => undefined);
    this.events.push(...events);
    if (this.fault === 'late') throw new Error('the confirmation was lost');
  }
}

const sink = new Kept();
const feature = () => FhirModule.forFeature({ name: '@acme/audit', parts: [{ provide: AUDIT_SINK, useValue: sink }] });
let server: TestServer;
let client: pg.Client;
beforeAll(async () => {
  server = await startServer({}, [feature()]);
  client = new pg.Client(server.database.connection);
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await server.close();
});

const patience = { timeout: 20_000, interval: 50 };
let made = 0;

/** Writes a Patient; the id of the request is that of its AuditEvent's description. */
async function write(to = server): Promise<string> {
  const id = `p${++made}`;
  const body = { resourceType: 'Patient', id };
  const answer = await to.call('PUT', `Patient/${id}`, { token: to.token('user/*.cruds'), body });
  expect(answer.status).toBe(201);
  return id;
}

const has = (id: string) => sink.events.some(({ body }) => body.includes(`Patient/${id}`));
const stored = async () =>
  (await client.query<{ id: string }>('SELECT id FROM audit_seal ORDER BY position')).rows.map(({ id }) => id);
const waits = (id: string) => vi.waitFor(() => expect(has(id)).toBe(true), patience);

/** In the order of the chain; what came twice counts once. */
async function expectNoneLost(): Promise<void> {
  const ids = await stored();
  await vi.waitFor(() => expect(new Set(sink.events.map(({ id }) => id)).size).toBe(ids.length), patience);
  const firsts = [...new Set(sink.events.map(({ position }) => position))];
  expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
}

describe('a sink of AuditEvents', () => {
  it('gets each as it is stored', async () => {
    await waits(await write());
    const { id, recorded, body } = sink.events.at(-1)!;
    const found = await server.call('GET', `AuditEvent/${id}`, {
      token: server.token('system/AuditEvent.rs', { sub: 'm', client_id: 'm' }),
    });
    expect(JSON.parse(body)).toMatchObject({ resourceType: 'AuditEvent', id });
    expect(found.body.recorded).toBe(JSON.parse(body).recorded);
    expect(Date.parse(recorded)).toBe(Date.parse(found.body.recorded));
  });

  it.each(['throw', 'hang'] as const)(
    'that does not work (%s) keeps no answer waiting and loses nothing',
    async (fault) => {
      sink.fault = fault;
      const deliveries = server.app.get(AuditDeliveries);
      const { failed } = deliveries.handed;
      const begun = performance.now();
      const id = await write();
      expect(performance.now() - begun).toBeLessThan(5000);
      await vi.waitFor(() => expect(deliveries.handed.failed).toBeGreaterThan(failed), patience);
      expect(deliveries.lateSeconds).toBeGreaterThan(0);
      expect(has(id)).toBe(false);
      sink.fault = 'none';
      await waits(id);
      await expectNoneLost();
      await vi.waitFor(() => expect(deliveries.lateSeconds).toBe(0), patience);
    },
  );

  it('whose confirmation is lost gets them again', async () => {
    sink.fault = 'late';
    const id = await write();
    await vi.waitFor(
      () => expect(sink.events.filter(({ body }) => body.includes(`Patient/${id}`)).length).toBeGreaterThan(1),
      patience,
    );
    sink.fault = 'none';
    await expectNoneLost();
  });

  it('gets on where it stopped, from another server of the same database', async () => {
    await server.app.get(AuditDeliveries).onModuleDestroy();
    const id = await write();
    const beside = await startServer({}, [feature()], { ...server.database, drop: async () => undefined });
    try {
      await waits(id);
      await expectNoneLost();
    } finally {
      await beside.close();
    }
  });

  it('and AUDIT=off do not start together', async () => {
    await expect(startServer({ AUDIT: 'off' }, [feature()])).rejects.toThrow(
      /brings kept as AUDIT_SINK, and AUDIT=off/,
    );
  });
});
