import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VersionConflict } from '../../src/r4/errors/fhir-error.js';
import { ChangesFailed } from '../../src/fhir/storage/writing/change.js';
import { anybody, aPatient, anObservation, openStorage, type Storage, system } from './storage.fixture.js';

let storage: Storage;
beforeAll(async () => {
  storage = await openStorage();
});
afterAll(() => storage.close());

const history = async (id: string) =>
  (await storage.resources.history(system.to('Patient', 'r'), id, { count: 100, newestFirst: true })).rows;

describe('parallel writes', () => {
  it('of one resource leave every version once and in order', async () => {
    await storage.write(system.create(aPatient('0'), 'busy'));
    const written = await Promise.all(
      Array.from({ length: 32 }, (_, i) => storage.write(system.update(aPatient(`Writer${i}`), 'busy'))),
    );
    expect(written.map(({ versionId }) => versionId).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 32 }, (_, i) => i + 2),
    );
    const versions = await history('busy');
    expect(versions).toHaveLength(33);
    for (const { versionId, body } of written) {
      expect(versions.find((version) => version.versionId === versionId)!.body).toBe(body);
    }
    const times = versions.map(({ lastUpdated }) => lastUpdated);
    expect(times).toEqual([...new Set(times)].toSorted().toReversed());
  });

  it('that create one id make one version after the other', async () => {
    for (let round = 0; round < 10; round++) {
      const id = `born-${round}`;
      const written = await Promise.all([1, 2, 3].map((i) => storage.write(system.update(aPatient(`P${i}`), id))));
      expect(new Set(written.map(({ versionId }) => versionId))).toEqual(new Set([1, 2, 3]));
      expect(written.filter(({ created }) => created)).toHaveLength(1);
    }
  });

  it('of the same resources in opposite order all succeed', async () => {
    const ids = Array.from({ length: 20 }, (_, i) => `crossed-${i}`);
    const write = (order: readonly string[], family: string) =>
      storage.resources.write(order.map((id) => system.update(aPatient(family), id)));
    const down = ids.toReversed();
    await Promise.all([write(ids, 'One'), write(down, 'Two'), write(ids, 'Three'), write(down, 'Four')]);
    for (const id of ids) expect(await history(id)).toHaveLength(4);
  });

  it('that deadlock are done again from the start', async () => {
    let runs = 0;
    const crossing = (first: string, second: string) =>
      storage.resources.transaction(anybody, async (tx) => {
        runs++;
        await tx.write([system.update(aPatient(first), first)]);
        await new Promise((resolve) => setTimeout(resolve, 50));
        await tx.write([system.update(aPatient(first), second)]);
      });
    await storage.resources.write([system.update(aPatient(), 'x'), system.update(aPatient(), 'y')]);
    await Promise.all([crossing('x', 'y'), crossing('y', 'x')]);
    expect(runs).toBeGreaterThan(2);
    expect(await history('x')).toHaveLength(3);
  });
});

describe('one write of several changes', () => {
  it('stores nothing if one of them fails, and names each that does', async () => {
    await storage.write(system.create(aPatient('Before'), 'kept'));
    const changes = [
      system.create(aPatient(), 'new'),
      system.delete('Patient', 'missing-1', 'W/"1"'),
      system.update(aPatient('After'), 'kept'),
      system.delete('Observation', 'missing-2', '*'),
    ];
    const failure = await storage.resources.write(changes).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ChangesFailed);
    const { failures, status } = failure as ChangesFailed;
    expect(failures.map(({ index }) => index)).toEqual([1, 3]);
    expect(failures[0].error).toBeInstanceOf(VersionConflict);
    expect(status).toBe(412);
    expect(await history('new')).toEqual([]);
    expect(await history('kept')).toHaveLength(1);
  });

  it('answers in the order of the changes', async () => {
    await storage.write(system.create(aPatient(), 'z'));
    const written = await storage.resources.write([
      system.delete('Patient', 'z'),
      system.create(anObservation('Patient/z'), 'm'),
      system.update(aPatient(), 'a'),
    ]);
    expect(written.map(({ id }) => id)).toEqual(['z', 'm', 'a']);
  });

  it('is undone with the transaction around it', async () => {
    const work = storage.resources.transaction(anybody, async (tx) => {
      await tx.write([system.create(aPatient(), 'undone')]);
      expect(await tx.find(system.to('Patient', 'r'), 'undone')).toBeDefined();
      throw new Error('changed my mind');
    });
    await expect(work).rejects.toThrow('changed my mind');
    expect(await storage.resources.find(system.to('Patient', 'r'), 'undone')).toBeUndefined();
  });
});
