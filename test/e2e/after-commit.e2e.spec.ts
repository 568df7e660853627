// docs/adr/0063-an-outbox-for-what-follows-a-commit.md: what hooks of the point afterCommit are told of
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AfterCommit, Hook } from '../../src/fhir/extensions/hook.js';
import { ExtensionCalls } from '../../src/fhir/extensions/extension-calls.js';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import { discardEvents, listEvents, trimEvents } from '../../src/fhir/storage/outbox/outbox.js';
import { OutboxWorker } from '../../src/fhir/storage/outbox/outbox-worker.js';
import { SqlSession } from '../../src/fhir/storage/session/sql-session.js';
import { startServer, type TestServer } from '../support/server.js';

const told: AfterCommit[] = [];
let failure: (event: AfterCommit) => void = () => undefined;

@Injectable()
class Notify implements Hook {
  readonly name = 'notify';
  readonly types = ['Patient', 'Basic'];

  afterCommit(event: AfterCommit): void {
    failure(event);
    told.push(event);
  }
}

@Module({ imports: [FhirModule.forFeature({ name: '@acme/cardio', hooks: [Notify] })] })
class Cardio {}

let server: TestServer;
let token: string;
beforeAll(async () => {
  server = await startServer({ OUTBOX_LIMIT: '100' }, [{ module: Cardio }]);
  token = server.token('system/*.cruds', { sub: 'service', client_id: 'service' });
});
afterAll(() => server.close());
beforeEach(() => {
  told.length = 0;
  failure = () => undefined;
});

const call = (method: string, path: string, body?: object, headers = {}) =>
  server.call(method, path, { token, headers, ...(body && { body }) });
const eventually = (check: () => unknown) => vi.waitFor(check, { timeout: 20_000, interval: 10 });
const waiting = () => listEvents(server.app.get(SqlSession), {}, 100);
const addresses = (): readonly string[] =>
  told.map(({ interaction, type, id, versionId }) => `${interaction} ${type}/${id} ${versionId}`);
const patient = (id: string, family: string) => ({ resourceType: 'Patient', id, name: [{ family }] });

/** All events of earlier writes are delivered once this one is: they came first. */
async function allTold(): Promise<void> {
  await eventually(async () => expect(await waiting()).toEqual([]));
}

describe('a hook after commits', () => {
  it('is told of each version of its types: who made what, with the content of that version', async () => {
    await call('PUT', 'Patient/each', patient('each', 'Aal'));
    await call('PUT', 'Patient/each', patient('each', 'Barsch'));
    await call('PATCH', 'Patient/each', [{ op: 'replace', path: '/name/0/family', value: 'Dorsch' }], {
      'content-type': 'application/json-patch+json',
    });
    await call('DELETE', 'Patient/each');
    const created = await call('POST', 'Basic', { resourceType: 'Basic', code: { text: 'x' } });
    await call('POST', 'Organization', { resourceType: 'Organization', name: 'Not of its types' });
    await allTold();
    const ofPatient = told.filter(({ type }) => type === 'Patient');
    expect(ofPatient.map(({ interaction, versionId }) => `${interaction} ${versionId}`)).toEqual([
      'update 1',
      'update 2',
      'patch 3',
      'delete 4',
    ]);
    const families = ofPatient.map(
      ({ resource }) => (resource?.['name'] as { family: string }[] | undefined)?.[0]?.family,
    );
    expect(families).toEqual(['Aal', 'Barsch', 'Dorsch', undefined]);
    expect(ofPatient[3]).not.toHaveProperty('resource');
    const [basic] = told.filter(({ type }) => type === 'Basic');
    expect(basic).toMatchObject({
      interaction: 'create',
      id: created.body.id,
      versionId: 1,
      attempt: 1,
      lastUpdated: created.body.meta.lastUpdated,
      resource: created.body,
    });
    expect(new Set(told.map(({ eventId }) => eventId)).size).toBe(5);
    expect(told).toHaveLength(5);
  });

  it('is told of entries of bundles, and of nothing that was rolled back or changed nothing', async () => {
    const entry = (method: string, url: string, resource?: object) => ({
      request: { method, url },
      ...(resource && { resource }),
    });
    const bundle = (type: string, ...entries: object[]) => ({ resourceType: 'Bundle', type, entry: entries });
    const one = entry('PUT', 'Patient/one', patient('one', 'Aal'));
    const other = entry('PUT', 'Patient/other', patient('other', 'Aal'));
    const wrong = entry('PUT', 'Patient/wrong', { ...patient('wrong', 'Aal'), gender: 'none of these' });
    expect((await call('POST', '', bundle('transaction', one, wrong))).status).toBe(422);
    expect((await call('POST', '', bundle('transaction', one, other))).status).toBe(200);
    expect((await call('POST', '', bundle('batch', one, entry('DELETE', 'Patient/other')))).status).toBe(200);
    expect((await call('DELETE', 'Patient/other')).status).toBeLessThan(300);
    await allTold();
    expect(addresses().toSorted()).toEqual([
      'delete Patient/other 2',
      'update Patient/one 1',
      'update Patient/other 1',
    ]);
  });

  it('that fails is told again, says why to operators alone, and the write stands', async () => {
    failure = ({ attempt }) => {
      if (attempt === 1) throw new TypeError('the queue is away');
    };
    const written = await call('PUT', 'Patient/again', patient('again', 'Aal'));
    expect(written.status).toBe(201);
    await eventually(async () =>
      expect(await waiting()).toMatchObject([
        { listener: '@acme/cardio/notify', id: 'again', attempt: 1, error: 'TypeError: the queue is away' },
      ]),
    );
    await eventually(() => expect(told).toMatchObject([{ id: 'again', attempt: 2 }]));
    const [figures] = server.app.get(ExtensionCalls).all;
    expect(figures).toMatchObject({ extension: '@acme/cardio', point: 'afterCommit', name: 'notify', errors: 1 });
  });
});

describe('OUTBOX_LIMIT', () => {
  const session = () => server.app.get(SqlSession);
  const fill = (id: string, many: number, isDead: boolean, from: string) =>
    session().count({
      text: `
        INSERT INTO outbox_event (tenant, listener, type, id, version, interaction, happened, due, dead)
        SELECT 1, '@acme/cardio/notify', 'Patient', $1::text || n, 1, 'update', $4::timestamptz + n * interval '1 minute',
          now() + interval '1 hour', $3::boolean FROM generate_series(1, $2::integer) AS n`,
      values: [id, many, isDead, from],
    });

  it('removes the oldest beyond it, dead letters first, counts them, and keeps the rest', async () => {
    const worker = server.app.get(OutboxWorker);
    await fill('wait-', 60, false, '2024-01-01T00:00:00Z');
    await fill('dead-', 30, true, '2024-02-01T00:00:00Z');
    await worker.tidy();
    expect(worker.removed).toEqual({});
    await fill('more-', 45, false, '2024-03-01T00:00:00Z');
    await worker.tidy();
    // 135 events, 35 too many: all dead letters, and five that waited, the oldest.
    const left = (await listEvents(session(), {}, 200)).map(({ id }) => id);
    expect([
      left.length,
      left.filter((id) => id.startsWith('dead-')),
      left.includes('wait-5'),
      left.includes('wait-6'),
    ]).toEqual([100, [], false, true]);
    expect(worker.removed).toEqual({ '@acme/cardio/notify': 35 });
    expect(worker.counts).toMatchObject([{ waiting: 100, dead: 0 }]);
    await Promise.all([worker.tidy(), worker.tidy()]);
    expect(worker.removed).toEqual({ '@acme/cardio/notify': 35 });
  });

  it('is held by two servers at once without removing more', async () => {
    await fill('again-', 50, false, '2024-04-01T00:00:00Z');
    const name = '@acme/cardio/notify';
    let begun: () => void = () => undefined;
    const hasBegun = new Promise<void>((resolve) => (begun = resolve));
    // The first has removed rows, and has not committed when the second one counts.
    const first = session().transaction(async (tx) => {
      const trimmed = await trimEvents(tx, name, 100, 10_000);
      begun();
      await delay(300);
      return trimmed;
    });
    await hasBegun;
    const [one, other] = await Promise.all([first, trimEvents(session(), name, 100, 10_000)]);
    expect(one.removed + other.removed).toBe(50);
    expect(await listEvents(session(), {}, 200)).toHaveLength(100);
    await discardEvents(session(), {});
  });
});
