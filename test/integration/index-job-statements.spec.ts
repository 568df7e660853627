// Indexing stored rows anew asks twice of each table that has none
import { afterAll, beforeAll, expect, it } from 'vitest';
import { resourceTypes } from '../../src/r4/model/resource-types.js';
import { addJob, claimJob, findJob } from '../../src/fhir/storage/indexing/index-job.js';
import { IndexColumns } from '../../src/fhir/storage/indexing/index-columns.js';
import { IndexWorker } from '../../src/fhir/storage/indexing/index-worker.js';
import { runIndexJob } from '../../src/fhir/storage/indexing/run-index-job.js';
import { SearchDefinitions } from '../../src/fhir/storage/indexing/search-definitions.js';
import { SqlSession } from '../../src/fhir/storage/session/sql-session.js';
import { startServer, type TestServer } from '../support/server.js';
import { statementsOf } from '../support/statements.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ AUDIT: 'off' });
  // The test works at the job, not the server.
  await server.app.get(IndexWorker).onModuleDestroy();
});
afterAll(() => server.close());

it('a job of all types sends two statements for a table without rows, and indexes those of the others', async () => {
  const { app } = server;
  const patient = { resourceType: 'Patient', id: 'p', gender: 'female' };
  await server.store(patient);
  const [session, columns, definitions] = [
    app.get(SqlSession).unlimited,
    app.get(IndexColumns),
    app.get(SearchDefinitions),
  ];
  await session.count({ text: `UPDATE resource SET tok = '{}', val = '{}' WHERE id = 'p'`, values: [] });
  const types = [...resourceTypes].toSorted();
  const id = await addJob(session, { kind: 'reindex', types, generation: definitions.generation, settles: false });
  const job = (await claimJob(session, 'test'))!;
  const run = { session, columns, definitions, owner: 'test', settlingMs: 0, signal: new AbortController().signal };

  const statements = await statementsOf(() => runIndexJob(run, job));

  const tables = 2 * types.length;
  expect(statements.length).toBeGreaterThan(2 * tables);
  // Beginning, end, and a Patient.
  expect(statements.length).toBeLessThan(2 * tables + 60);
  expect(await findJob(session, id)).toMatchObject({
    state: 'done',
    rowsTotal: 1,
    rowsDone: 1,
    sampled: 1,
    differing: 0,
  });
  const found = await server.asService().call('GET', 'Patient?gender=female');
  expect(found.body.entry).toHaveLength(1);
});
