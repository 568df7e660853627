// docs/adr/0063-an-outbox-for-what-follows-a-commit.md: each event at least once, those of one resource in order
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { poolOf } from '../../src/database/pool-of.js';
import { Deliveries } from '../../src/fhir/storage/outbox/deliveries.js';
import {
  countEvents,
  discardEvents,
  listEvents,
  Outbox,
  type OutboxListener,
  resendEvents,
} from '../../src/fhir/storage/outbox/outbox.js';
import type { OutboxEvent, StoredEvent } from '../../src/fhir/storage/outbox/outbox-event.js';
import { OutboxWorker } from '../../src/fhir/storage/outbox/outbox-worker.js';
import { SqlSession } from '../../src/fhir/storage/session/sql-session.js';
import { aPatient, openStorage, type Storage, system } from './storage.fixture.js';

let storage: Storage;
let session: SqlSession;
beforeAll(async () => {
  storage = await openStorage();
  session = new SqlSession(poolOf(storage.dataSource), { statementTimeout: 60 });
});
afterAll(() => storage.close());
beforeEach(async () => {
  await storage.dataSource.query('DELETE FROM outbox_event');
});

interface Delivered extends OutboxEvent {
  readonly content: string | undefined;
}

/** A listener that keeps what it is told. */
class Recorder implements OutboxListener {
  readonly delivered: Delivered[] = [];
  readonly timeout = 1_000;
  /** Called before an event counts as delivered. */
  before: (event: OutboxEvent) => unknown = () => undefined;

  constructor(
    readonly name = '@acme/cardio/notify',
    readonly types?: readonly string[],
  ) {}

  async deliver(event: OutboxEvent, content: string | undefined): Promise<void> {
    await this.before(event);
    this.delivered.push({ ...event, content });
  }

  get versions(): readonly string[] {
    return this.delivered.map(({ id, versionId }) => `${id}/${versionId}`);
  }
}

const stored = (id: string, versionId = 1, type = 'Patient'): StoredEvent => ({
  type,
  id,
  versionId,
  interaction: versionId === 1 ? 'create' : 'update',
  lastUpdated: '2024-05-01T10:00:00.123Z',
});

async function append(listeners: readonly OutboxListener[], ...versions: readonly StoredEvent[]): Promise<void> {
  await session.transaction((tx) => outboxOf(...listeners).append(tx, versions));
}

/** A server with these listeners, at work until it is stopped. */
function server(...listeners: readonly OutboxListener[]): OutboxWorker {
  return serverOn(outboxOf(...listeners));
}

function serverOn(outbox: Outbox): OutboxWorker {
  const worker = new OutboxWorker(session, outbox, {});
  worker.onApplicationBootstrap();
  return worker;
}

function outboxOf(...listeners: readonly OutboxListener[]): Outbox {
  const outbox = new Outbox();
  outbox.add(...listeners);
  return outbox;
}

const eventually = (check: () => unknown) => vi.waitFor(check, { timeout: 20_000, interval: 20 });
const entries = () => listEvents(session, {}, 100);
const dueNow = () => storage.dataSource.query('UPDATE outbox_event SET due = now()');

describe('an event', () => {
  it('is of a listener for the type, in the transaction of the write', async () => {
    const [all, patients] = [new Recorder('a/all'), new Recorder('a/patients', ['Patient'])];
    await append([all, patients], stored('p1'), stored('o1', 1, 'Observation'));
    const failed = session.transaction(async (tx) => {
      await outboxOf(all).append(tx, [stored('p2')]);
      throw new Error('undone');
    });
    await expect(failed).rejects.toThrow('undone');
    expect((await entries()).map(({ listener, type, id }) => `${listener} ${type}/${id}`).toSorted()).toEqual([
      'a/all Observation/o1',
      'a/all Patient/p1',
      'a/patients Patient/p1',
    ]);
  });

  it('is delivered with the content of its version, also when there is a newer one, and is gone then', async () => {
    const recorder = new Recorder();
    await storage.write(system.create(aPatient('Aal'), 'with-content'));
    await storage.write(system.update(aPatient('Barsch'), 'with-content'));
    await storage.write(system.delete('Patient', 'with-content'));
    await append([recorder], stored('with-content', 1), stored('with-content', 2));
    await append([recorder], { ...stored('with-content', 3), interaction: 'delete' });
    const worker = server(recorder);
    await eventually(() => expect(recorder.delivered).toHaveLength(3));
    await worker.onModuleDestroy();
    const contents = recorder.delivered.map(({ content }) => content && JSON.parse(content));
    expect(contents).toMatchObject([
      { id: 'with-content', meta: { versionId: '1' }, name: [{ family: 'Aal' }] },
      { meta: { versionId: '2' }, name: [{ family: 'Barsch' }] },
      undefined,
    ]);
    const lastUpdated = '2024-05-01T10:00:00.123Z';
    expect(recorder.delivered[2]).toMatchObject({ interaction: 'delete', attempt: 1, lastUpdated });
    expect(await entries()).toEqual([]);
  });

  it('is delivered at once to the server that wrote it', async () => {
    const recorder = new Recorder();
    const outbox = outboxOf(recorder);
    // It never looks by itself.
    const ticks = vi.spyOn(globalThis, 'setInterval').mockReturnValue(setTimeout(() => undefined, 0).unref());
    const worker = serverOn(outbox);
    ticks.mockRestore();
    await append([recorder], stored('woken'));
    outbox.wake();
    await eventually(() => expect(recorder.versions).toEqual(['woken/1']));
    await worker.onModuleDestroy();
  });
});

describe('two servers', () => {
  it('deliver each event once while both are well, those of one resource in order', async () => {
    const [one, other] = [new Recorder(), new Recorder()];
    for (const recorder of [one, other]) recorder.before = () => new Promise((resolve) => setTimeout(resolve, 2));
    const resources = Array.from({ length: 10 }, (_, i) => `r${i}`);
    for (let version = 1; version <= 8; version++) await append([one], ...resources.map((id) => stored(id, version)));
    const order: string[] = [];
    for (const recorder of [one, other]) {
      const before = recorder.before;
      recorder.before = async (event) => {
        await before(event);
        order.push(`${event.id}/${event.versionId}`);
      };
    }
    const servers = [server(one), server(other)];
    await eventually(() => expect(order.length).toBeGreaterThanOrEqual(80));
    for (const worker of servers) await worker.onModuleDestroy();
    expect(new Set(order).size).toBe(80);
    for (const id of resources) {
      expect(order.filter((delivered) => delivered.startsWith(`${id}/`))).toEqual(
        [1, 2, 3, 4, 5, 6, 7, 8].map((v) => `${id}/${v}`),
      );
    }
    expect(one.delivered.length).toBeGreaterThan(0);
    expect(other.delivered.length).toBeGreaterThan(0);
    expect(await entries()).toEqual([]);
  });

  it('take over what one that is gone has claimed, as soon as its time is over', async () => {
    const [gone, other] = [new Recorder(), new Recorder()];
    let began = false;
    gone.before = () => {
      began = true;
      return new Promise(() => undefined);
    };
    await append([gone], stored('taken-over'));
    // Killed: it neither ends nor gives anything back.
    new Deliveries(gone, session, new Logger('test')).look();
    await eventually(() => expect(began).toBe(true));
    const worker = server(other);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(other.delivered).toEqual([]);
    await storage.dataSource.query(`UPDATE outbox_event SET claimed_until = now() - interval '1 ms'`);
    await eventually(() => expect(other.delivered).toMatchObject([{ id: 'taken-over', attempt: 2 }]));
    await worker.onModuleDestroy();
  });

  it('do not undo each other: an end that comes late changes nothing', async () => {
    const [slow, other] = [new Recorder(), new Recorder()];
    let fail = (_error: Error): void => undefined;
    slow.before = () => new Promise((_resolve, reject) => (fail = reject));
    other.before = () => Promise.reject(new Error('other'));
    await append([slow], stored('late'));
    const deliveries = new Deliveries(slow, session, new Logger('test'));
    deliveries.look();
    await eventually(async () => expect(await entries()).toMatchObject([{ attempt: 1 }]));
    await eventually(() => expect(fail.length).toBe(1));
    await storage.dataSource.query(`UPDATE outbox_event SET claimed_until = now() - interval '1 ms'`);
    const worker = server(other);
    await eventually(async () => expect(await entries()).toMatchObject([{ attempt: 2, error: 'Error: other' }]));
    await worker.onModuleDestroy();
    fail(new Error('slow'));
    await deliveries.stop();
    expect(await entries()).toMatchObject([{ attempt: 2, error: 'Error: other' }]);
  });
});

describe('an event that cannot be delivered', () => {
  it('is tried again later, and holds up those of its resource alone', async () => {
    const recorder = new Recorder();
    recorder.before = ({ id, versionId, attempt }) => {
      if (id === 'stuck' && versionId === 1 && attempt === 1) throw new Error('away');
    };
    await append([recorder], stored('stuck', 1), stored('stuck', 2), stored('fine', 1));
    const worker = server(recorder);
    await eventually(() => expect(recorder.versions).toContain('fine/1'));
    await append([recorder], stored('stuck', 3));
    await eventually(() => expect(recorder.versions).toEqual(['fine/1', 'stuck/1', 'stuck/2', 'stuck/3']));
    expect(recorder.delivered.map(({ attempt }) => attempt)).toEqual([1, 2, 1, 1]);
    await worker.onModuleDestroy();
  });

  it('is a dead letter after three days, and lets the others of its resource pass', async () => {
    const recorder = new Recorder();
    recorder.before = ({ versionId }) => {
      if (versionId === 1)
        throw new Error('Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl is refused\nat more');
    };
    await append([recorder], stored('dead', 1), stored('dead', 2));
    await storage.dataSource.query(`UPDATE outbox_event SET tried_since = now() - interval '3 days 1 second'`);
    const worker = server(recorder);
    await eventually(() => expect(recorder.versions).toEqual(['dead/2']));
    const [letter] = await entries();
    expect(letter).toMatchObject({ id: 'dead', versionId: 1, isDead: true });
    expect(letter!.error).toContain('is refused');
    expect(letter!.error).not.toContain('eyJhbGciOiJSUzI1NiJ9');
    expect(await countEvents(session)).toMatchObject([{ listener: recorder.name, waiting: 0, dead: 1 }]);
    recorder.before = () => undefined;
    await dueNow();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(recorder.versions).toEqual(['dead/2']);
    expect(await resendEvents(session, { resource: 'Patient/other' })).toBe(0);
    expect(await resendEvents(session, { listener: recorder.name, resource: 'Patient/dead', isDead: true })).toBe(1);
    await eventually(() => expect(recorder.versions).toEqual(['dead/2', 'dead/1']));
    await worker.onModuleDestroy();
  });

  it('can be discarded', async () => {
    await append([new Recorder('a/one'), new Recorder('a/two')], stored('p1'), stored('p2'));
    expect(await discardEvents(session, { listener: 'a/one', isDead: true })).toBe(0);
    expect(await discardEvents(session, { listener: 'a/one', resource: 'Patient/p1' })).toBe(1);
    expect(await discardEvents(session, { listener: 'a/two' })).toBe(2);
    expect((await entries()).map(({ listener, id }) => `${listener} ${id}`)).toEqual(['a/one p2']);
  });
});

describe('a listener that hangs', () => {
  it('has four events at a time, and others get theirs', async () => {
    const [hanging, well] = [new Recorder('a/hanging'), new Recorder('a/well')];
    const begun: string[] = [];
    const release: (() => void)[] = [];
    hanging.before = ({ id }) => {
      begun.push(id);
      return new Promise<void>((resolve) => release.push(resolve));
    };
    await append([hanging, well], ...Array.from({ length: 9 }, (_, i) => stored(`h${i}`)));
    const worker = server(hanging, well);
    await eventually(() => expect(well.delivered).toHaveLength(9));
    expect(begun).toHaveLength(4);
    const stopped = worker.onModuleDestroy();
    for (const free of release) free();
    await stopped;
    expect(hanging.delivered).toHaveLength(4);
    expect(await countEvents(session)).toMatchObject([{ listener: 'a/hanging', waiting: 5, dead: 0 }]);
  });
});
