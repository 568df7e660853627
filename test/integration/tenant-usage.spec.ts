// How servers of one tenant add up what they store, and hold it to its limits (docs/adr/0079)
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { poolOf } from '../../src/database/pool-of.js';
import { registryOf } from '../../src/app/tenants/open-tenants.js';
import type { FhirOptions } from '../../src/fhir/fhir-options.js';
import { BinaryContents } from '../../src/fhir/storage/binary/binary-contents.js';
import { Jobs } from '../../src/fhir/storage/jobs/jobs.js';
import { StorageUsage } from '../../src/fhir/storage/limits/storage-usage.js';
import { SqlSession } from '../../src/fhir/storage/session/sql-session.js';
import type { Change } from '../../src/fhir/storage/writing/change.js';
import { aPatient, openStorage, statementsOf, type Storage, system } from './storage.fixture.js';

let storage: Storage;
let session: SqlSession;
const opened: StorageUsage[] = [];
beforeAll(async () => {
  storage = await openStorage();
  session = new SqlSession(poolOf(storage.dataSource), { statementTimeout: 60 });
  await session.count({ text: 'UPDATE tenant_usage SET counted = now()', values: [] });
});
afterEach(async () => {
  for (const usage of opened.splice(0)) await usage.onModuleDestroy();
});
afterAll(() => storage.close());

const openUsage = async (): Promise<StorageUsage> => {
  const usage = new StorageUsage(session, { hasTenants: true } as FhirOptions);
  opened.push(usage);
  await usage.onApplicationBootstrap();
  return usage;
};
const limit = (changes: object) => registryOf(storage.dataSource).setLimits('default', changes);
const store = (usage: StorageUsage, resources: number, fails = false): Promise<void> =>
  usage.during(async (reserve) => {
    reserve({ resources, bytes: 10 * resources });
    if (fails) throw new Error('lost');
  });

describe('what servers of a tenant store', () => {
  it('is told to each other, and counts at the next start', async () => {
    await limit({ resources: 10 });
    const one = await openUsage();
    await store(one, 6);
    await one.onModuleDestroy();
    const other = await openUsage();
    await store(other, 4);
    await expect(store(other, 1)).rejects.toThrow('The limit "resources" of this server is reached');
    await store(other, -4);
    await store(other, 1);
  });

  it('does not count what failed, and counts once what was tried several times', async () => {
    await limit({ resources: 1000 });
    const usage = await openUsage();
    for (let attempt = 0; attempt < 500; attempt++) await expect(store(usage, 500, true)).rejects.toThrow('lost');
    await usage.during(async (reserve) => {
      for (let attempt = 0; attempt < 10; attempt++) reserve({ resources: 900, bytes: 0 });
    });
    await expect(store(usage, 100)).rejects.toThrow('resources');
    await store(usage, 50);
  });

  it('may shrink and make versions beyond a limit that was lowered', async () => {
    await limit({ resources: 1, bytes: null });
    const usage = await openUsage();
    await expect(store(usage, 1)).rejects.toThrow('resources');
    await usage.during(async (reserve) => reserve({ resources: 0, bytes: 100 }));
    await store(usage, -1);
  });
});

describe('a resource of a tenant with limits', () => {
  it('takes the statements that it takes without limits, and what is beyond them none that stores', async () => {
    let usage!: StorageUsage;
    const limited = await openStorage({
      usage: (of) => (usage = new StorageUsage(of, { hasTenants: true } as FhirOptions)),
    });
    try {
      await limited.dataSource.query('UPDATE tenant_usage SET counted = now()');
      await registryOf(limited.dataSource).setLimits('default', { resources: 2 });
      // Asked of a database once, before the limits are known.
      await limited.write(system.update(aPatient(), 'first'));
      await usage.onApplicationBootstrap();
      opened.push(usage);
      const sentBy = async (change: Change): Promise<readonly string[]> => {
        const texts = await statementsOf(() => limited.write(change));
        return texts.filter((text) => !/search_definition AS|FROM index_job|tenant_usage/.test(text));
      };
      const create = await sentBy(system.create(aPatient(), 'second'));
      const update = await sentBy(system.update(aPatient('Other'), 'second'));
      expect([create.length, update.length]).toEqual([1, 2]);
      expect([...create, ...update].join(' ')).not.toMatch(/BEGIN|FOR UPDATE/);
      await expect(limited.write(system.create(aPatient(), 'third'))).rejects.toThrow('The limit "resources"');
      await expect(limited.write(system.update(aPatient(), 'third'))).rejects.toThrow('The limit "resources"');
      await limited.write(system.delete('Patient', 'second'));
      await limited.write(system.create(aPatient(), 'third'));
    } finally {
      await Promise.all(opened.splice(0).map((one) => one.onModuleDestroy()));
      await limited.close();
    }
  });
});

describe('jobs of a tenant', () => {
  it('are no more than its limit under way, whoever asks for them', async () => {
    await limit({ jobs: 2, resources: null });
    const jobs = new Jobs(session, await openUsage(), new BinaryContents(session), {});
    const add = (caller: string) => jobs.add({ kind: 'none', caller, request: '{}' });
    await add('one');
    await add('other');
    await expect(add('third')).rejects.toMatchObject({
      status: 429,
      issues: [{ code: 'throttled', diagnostics: expect.stringContaining('The limit "jobs" of this server') }],
    });
    await session.count({ text: `UPDATE job SET state = 'done' WHERE tenant = 1 AND caller = 'one'`, values: [] });
    expect(await add('third')).toEqual(expect.any(String));
  });
});
