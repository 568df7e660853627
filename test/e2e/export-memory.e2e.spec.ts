// What PostgreSQL takes for an export: memory anew for each chunk, and bytes on the disk (docs/adr/0157)
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { placeOf } from '../support/bulk-data.js';
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
  let answer = await server.call('GET', placeOf(begun.headers['content-location']!), { token: token() });
  for (let tries = 0; tries < 30 && [202, 429].includes(answer.status); tries++) {
    await sleep(1050);
    answer = await server.call('GET', placeOf(begun.headers['content-location']!), { token: token() });
  }
  expect(answer.status, answer.text).toBe(200);
  return (answer.body.output as readonly { readonly count: number }[]).reduce((sum, { count }) => sum + count, 0);
}

async function rowsOf<R extends object>(text: string): Promise<readonly R[]> {
  const client = new Client({ connectionString: server.database.url });
  await client.connect();
  try {
    return (await client.query<R>(text)).rows;
  } finally {
    await client.end();
  }
}

/** Bytes of pages that the connections of the server have been given so far. */
async function givenPages(): Promise<number> {
  const rows = await rowsOf<{ pid: number }>(
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
  const before = await givenPages();
  expect(await exported()).toBe(observations);
  expect((await givenPages()) - before).toBeLessThan(observations * noteLength * 5);
});

it('is compressed on the disk', async () => {
  expect(await exported()).toBe(observations);
  const [sizes] = await rowsOf<{ stored: number; whole: number }>(
    'SELECT sum(pg_column_size(bytes))::float8 AS stored, sum(octet_length(bytes))::float8 AS whole FROM binary_content',
  );
  expect(sizes!.whole).toBeGreaterThan(observations * noteLength);
  expect(sizes!.stored).toBeLessThan(sizes!.whole / 4);
});
