// The fence that keeps every row of the database in step with the search parameters of all servers (ADR on custom parameters)
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ResourceIndexer } from '../../src/r4/search/index/resource-indexer.js';
import { SearchParameters } from '../../src/r4/search/parameters/search-parameters.js';
import { Readiness } from '../../src/fhir/storage/accesses.js';
import { waitForOlderWrites } from '../../src/fhir/storage/indexing/fence.js';
import { addJob, claimJob, LeaseLost, recordProgress, releaseJob } from '../../src/fhir/storage/indexing/index-job.js';
import { SearchDefinitions } from '../../src/fhir/storage/indexing/search-definitions.js';
import { IndexForm } from '../../src/fhir/storage/indexing/forms/index-form.js';
import { IndexColumns } from '../../src/fhir/storage/indexing/index-columns.js';
import { ResourceRepository } from '../../src/fhir/storage/resource.repository.js';
import { SortSlots } from '../../src/fhir/storage/searching/sort-slots.js';
import { Outbox } from '../../src/fhir/storage/outbox/outbox.js';
import { VersionStamps } from '../../src/fhir/storage/writing/version-stamps.js';
import { SqlSession } from '../../src/fhir/storage/session/sql-session.js';
import { createDataSource } from '../../src/database/data-source.js';
import { poolOf } from '../../src/database/pool-of.js';
import { aSearchParameter, extensionUrl } from '../support/custom-parameters.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { anybody, base, definer, system } from './storage.fixture.js';
import { largeDocuments } from '../support/large-documents.js';

type DataSource = ReturnType<typeof createDataSource>;

let database: FreshDatabase;
let dataSource: DataSource;
let client: pg.Client;
beforeAll(async () => {
  database = await freshDatabase();
  dataSource = createDataSource(database.connection, [], []);
  await dataSource.initialize();
  client = new pg.Client(database.connection);
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await dataSource.destroy();
  await database.drop();
});

/** A server that looks for news only when it has to. */
async function aServer() {
  const session = new SqlSession(poolOf(dataSource), { statementTimeout: 60 });
  const parameters = new SearchParameters();
  const slots = new SortSlots();
  const form = new IndexForm({ added: [] }, { referentialIntegrity: false, timeZone: 'UTC' });
  const definitions = new SearchDefinitions(session, parameters, slots, form);
  await definitions.onModuleInit();
  const resources = new ResourceRepository(
    session,
    new IndexColumns(new ResourceIndexer(parameters, { base, timeZone: 'UTC' }), slots, form, largeDocuments()),
    definitions,
    new Readiness(definitions),
    new Outbox(),
    new VersionStamps(),
  );
  return { session, parameters, slots, definitions, resources };
}

const observation = {
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  extension: [{ url: extensionUrl('ward'), valueCode: 'a' }],
};
const entriesOf = async (id: string): Promise<readonly string[]> => {
  const { rows } = await client.query(
    `SELECT one FROM resource, unnest(val) AS one WHERE id = $1 AND starts_with(one, 'ward')`,
    [id],
  );
  return rows.map(({ one }) => one as string);
};

describe('a server that has not heard of a new parameter', () => {
  it('stores no row without it: creates, updates and transactions are indexed again by what is known now', async () => {
    const [first, second, third] = [await aServer(), await aServer(), await aServer()];
    await second.resources.writeOne(system.update(observation, 'before'));
    expect(await entriesOf('before')).toEqual([]);
    await first.resources.writeOne(definer.update(aSearchParameter('ward'), 'ward'));
    expect([first, second].map(({ definitions }) => definitions.generation)).toEqual([2, 1]);
    await second.resources.writeOne(system.create(observation, 'created'));
    expect(second.definitions.generation).toBe(2);
    await third.resources.transaction(anybody, (tx) => tx.write([system.update(observation, 'updated')]));
    for (const id of ['created', 'updated']) expect([id, await entriesOf(id)]).toEqual([id, [expect.any(String)]]);
    // Each place among the sort keys is the same for all servers.
    expect(third.slots.texts('Observation')).toEqual(first.slots.texts('Observation'));
  });
});

describe('waitForOlderWrites', () => {
  it('returns when the last transaction of an older generation has ended, and lets newer ones go on', async () => {
    const { session, definitions } = await aServer();
    const { generation } = definitions;
    await client.query('UPDATE search_definition SET settled = generation');
    await client.query('BEGIN');
    await client.query(`SELECT lanyard_fence(${generation})`);
    await session.count({ text: 'UPDATE search_definition SET generation = generation + 1', values: [] });
    let hasWaited = false;
    const waiting = waitForOlderWrites(session, generation + 1).then(() => (hasWaited = true));
    await session.rows({ text: 'SELECT lanyard_fence($1::integer)', values: [generation + 1] });
    await vi.waitFor(
      async () =>
        expect((await dataSource.query('SELECT FROM pg_locks WHERE classid = 726193 AND NOT granted')).length).toBe(1),
      { timeout: 20_000 },
    );
    expect(hasWaited).toBe(false);
    await client.query('COMMIT');
    await waiting;
    expect(hasWaited).toBe(true);
    await expect(client.query(`SELECT lanyard_fence(${generation})`)).rejects.toMatchObject({ code: 'LY001' });
  });
});

describe('a job', () => {
  it('has one owner, whose lease another takes over once it is over, and who can do nothing then', async () => {
    const { session } = await aServer();
    await client.query(`UPDATE index_job SET state = 'done'`);
    const work = { kind: 'reindex', types: ['Observation'], generation: 1, settles: false } as const;
    const id = await addJob(session, work);
    await addJob(session, work);
    const claims = await Promise.all(['a', 'b', 'c'].map((owner) => claimJob(session, owner)));
    expect(claims.filter((job) => job !== undefined).map((job) => job.id)).toEqual([id]);
    const owner = ['a', 'b', 'c'][claims.findIndex((job) => job !== undefined)]!;
    await recordProgress(session, id, owner, { atId: 'x', atVersion: 3, rows: 7 });
    expect(await claimJob(session, 'd')).toBeUndefined();
    await releaseJob(session, id, owner);
    expect(await claimJob(session, 'd')).toMatchObject({ id, atId: 'x', atVersion: 3, rowsDone: 7 });
    await expect(recordProgress(session, id, owner, { rows: 1 })).rejects.toThrow(LeaseLost);
  });
});
