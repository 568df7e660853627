// What an export takes: of PostgreSQL memory anew for each chunk, and bytes on the disk (docs/adr/0157); of the server texts (docs/adr/0168)
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ExportRows } from '../../src/fhir/storage/exporting/export-rows.js';
import { endOfJob } from '../support/bulk-data.js';
import { rowsOf } from '../support/connection.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
const token = () => server.token('system/*.cruds', { sub: 'robot', client_id: 'robot' });
/** Observations of {@link noteLength}: ten chunks of 2 MiB. */
const observations = 1000;
const noteLength = 21_000;
const pageSize = 4096;

/** Lines of all files. */
async function exported(): Promise<number> {
  const headers = { prefer: 'respond-async' };
  const begun = await server.call('GET', '$export?_type=Observation', { token: token(), headers });
  expect(begun.status, begun.text).toBe(202);
  const answer = await endOfJob(server, token(), begun);
  expect(answer.status, answer.text).toBe(200);
  return (answer.body.output as readonly { readonly count: number }[]).reduce((sum, { count }) => sum + count, 0);
}

/** Bytes of pages that the connections of the server have been given so far. */
async function givenPages(): Promise<number> {
  const rows = await rowsOf<{ pid: number }>(
    server.database.connection,
    `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );
  return rows.reduce((sum, { pid }) => sum + minorFaults(pid), 0) * pageSize;
}

/** Field 10 of proc_pid_stat(5). */
function minorFaults(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[7]);
}

beforeAll(async () => {
  server = await startServer({ LOG_LEVEL: 'silent' });
  await server.call('PUT', 'Patient/p1', { token: token(), body: { ...aPatient(), id: 'p1' } });
  for (let begin = 0; begin < observations; begin += 100) {
    const resources = Array.from({ length: 100 }, (_, n) => ({
      ...anObservation('Patient/p1'),
      id: `o${begin + n}`,
      note: [{ text: 'as it was before '.repeat(noteLength / 17) }],
    }));
    const body = aBundle('transaction', ...resources.map(putting));
    await server.call('POST', '', { token: token(), body });
  }
});
afterAll(() => server.close());

it.runIf(process.platform === 'linux')('takes no memory anew, where a connection has kept chunks already', async () => {
  expect(await exported()).toBe(observations);
  const bound = observations * noteLength * 5;
  let given = Infinity;
  // The pool may give an export a connection that has kept none.
  for (let attempt = 0; attempt < 4 && given >= bound; attempt++) {
    const before = await givenPages();
    expect(await exported()).toBe(observations);
    given = (await givenPages()) - before;
  }
  expect(given).toBeLessThan(bound);
});

it('is compressed on the disk', async () => {
  expect(await exported()).toBe(observations);
  const [sizes] = await rowsOf<{ stored: number; whole: number }>(
    server.database.connection,
    'SELECT sum(pg_column_size(bytes))::float8 AS stored, sum(octet_length(bytes))::float8 AS whole FROM binary_content',
  );
  expect(sizes!.whole).toBeGreaterThan(observations * noteLength);
  expect(sizes!.stored).toBeLessThan(sizes!.whole / 4);
});

it('brings the server each patient of a chunk once', async () => {
  const keeping = vi.spyOn(ExportRows.prototype, 'keepLines');
  expect(await exported()).toBe(observations);
  const kept = await Promise.all(keeping.mock.results.map(({ value }) => value as ReturnType<ExportRows['keepLines']>));
  keeping.mockRestore();
  expect(kept.map(({ resources }) => resources).reduce((sum, each) => sum + each)).toBe(observations);
  expect(new Set(kept.map(({ patients }) => patients))).toEqual(new Set(['Patient/p1']));
});
