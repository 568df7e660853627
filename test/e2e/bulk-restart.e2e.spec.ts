// Exports and imports while PostgreSQL ends all connections, as a restart does (docs/adr/0078, docs/adr/0084)
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { Importer } from '../../src/fhir/operations/importing/importer.js';
import { ExportRows } from '../../src/fhir/storage/exporting/export-rows.js';
import { lines, placeOf } from '../support/bulk-data.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let client: Pool;
const token = () => server.token('system/*.cruds', { sub: 'robot', client_id: 'robot' });
const count = 1200;
const ids = Array.from({ length: count }, (_, i) => `b${i}`);

beforeAll(async () => {
  server = await startServer({ LOG_LEVEL: 'silent' });
  client = new Pool({ ...server.database.connection, application_name: 'test' });
});
afterAll(async () => {
  await client.end();
  await server.close();
});
afterEach(() => vi.restoreAllMocks());

const ofServer = 'datname = current_database() AND pid <> pg_backend_pid()';

/** Ends all connections of the server to its database while one of them has written into the table and not committed; `write` begins that. */
async function endConnections<T>(table: string, write: () => Promise<T>): Promise<T> {
  const holder = await client.connect();
  try {
    await holder.query(`SELECT pg_advisory_lock(4711)`);
    await holder.query(`
      CREATE FUNCTION hold_write() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NULL; END';
      CREATE TRIGGER held AFTER INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION hold_write()`);
    const written = write();
    written.catch(() => undefined);
    const isWriting = `SELECT FROM pg_stat_activity WHERE ${ofServer} AND backend_xid IS NOT NULL AND wait_event = 'advisory'`;
    await vi.waitFor(async () => expect((await client.query(isWriting)).rowCount).toBeGreaterThan(0), 60_000);
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${ofServer} AND application_name <> 'test'`,
    );
    return written;
  } finally {
    await holder.query(`SELECT pg_advisory_unlock(4711)`);
    await holder.query(`DROP FUNCTION hold_write CASCADE`);
    holder.release();
  }
}

/** A job that was put off is tried again at once. */
async function ended(begun: Answer): Promise<Answer> {
  expect(begun.status, begun.text).toBe(202);
  for (let tries = 0; tries < 60; tries++) {
    const answer = await server.call('GET', placeOf(begun.headers['content-location']!), { token: token() });
    if (answer.status !== 202 && answer.status !== 429 && answer.status !== 503) return answer;
    await client.query(`UPDATE job SET lease = NULL WHERE state = 'waiting'`);
    await sleep(1050);
  }
  throw new Error('It does not end.');
}

it('an import goes on: nothing twice, nothing missing', async () => {
  const importer = server.app.get(Importer, { strict: false });
  const attempt = importer.attempt.bind(importer);
  let times = 0;
  vi.spyOn(importer, 'attempt').mockImplementation(async (items, given) => {
    return times++ === 0 ? endConnections('resource_other', () => attempt(items, given)) : attempt(items, given);
  });
  const body = lines(...ids.map((id) => ({ resourceType: 'Basic', id, code: { text: 'x' } })));
  const headers = { prefer: 'respond-async', 'content-type': 'application/fhir+ndjson' };
  const answer = await ended(await server.call('POST', '$import', { token: token(), body, headers }));
  expect(answer.status, answer.text).toBe(200);
  expect(answer.body.output).toEqual([{ inputUrl: 'body', count, created: count, failed: 0 }]);
  const { rows } = await client.query<{ version: number; rows: number }>(
    `SELECT version, count(*)::integer AS rows FROM resource WHERE type = 'Basic' GROUP BY version`,
  );
  expect(rows).toEqual([{ version: 1, rows: count }]);
  expect(times).toBeGreaterThan(Math.ceil(count / 500));
}, 90_000);

it('an export goes on: nothing twice, nothing missing, and no upload is left', async () => {
  const rows = server.app.get(ExportRows, { strict: false });
  const keep = rows.keepLines.bind(rows);
  let times = 0;
  vi.spyOn(rows, 'keepLines').mockImplementation(async (job, chunk, part) => {
    return times++ === 0 ? endConnections('binary_content', () => keep(job, chunk, part)) : keep(job, chunk, part);
  });
  const headers = { prefer: 'respond-async' };
  const answer = await ended(await server.call('GET', '$export?_type=Basic', { token: token(), headers }));
  expect(answer.status, answer.text).toBe(200);
  const files = answer.body.output as readonly { url: string }[];
  const texts = await Promise.all(
    files.map(async ({ url }) => (await server.call('GET', placeOf(url), { token: token() })).text),
  );
  const found = texts
    .flatMap((text) => text.trimEnd().split('\n'))
    .map((line) => (JSON.parse(line) as { id: string }).id);
  expect(found.toSorted()).toEqual(ids.toSorted());
  expect(times).toBeGreaterThan(0);
}, 90_000);
