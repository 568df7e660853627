// Imports while the disk of the database is full (docs/adr/0084)
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { endOfJob, lines } from '../support/bulk-data.js';
import { lanyard } from '../support/command-line.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let client: Client;
let folder: string;
const token = () => server.token('system/*.cruds', { sub: 'robot', client_id: 'robot' });

beforeAll(async () => {
  server = await startServer({ LOG_LEVEL: 'silent' });
  client = new Client(server.database.connection);
  await client.connect();
  folder = await mkdtemp(join(tmpdir(), 'lanyard-full-'));
});
afterAll(async () => {
  await client.end();
  await server.close();
  await rm(folder, { recursive: true });
});
afterEach(() => client.query('DROP FUNCTION IF EXISTS disk_is_full CASCADE'));

/** Some have room, others not: what counts is that nobody is told that these are wrong. */
async function fillDisk(): Promise<void> {
  await client.query(`
    CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF NEW.id LIKE '%-full' THEN RAISE EXCEPTION 'could not extend file "base/1/2": No space left on device' USING ERRCODE = '53100'; END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER disk_is_full BEFORE INSERT ON resource FOR EACH ROW EXECUTE FUNCTION disk_is_full()`);
}

const basics = (name: string) =>
  lines(
    ...Array.from({ length: 20 }, (_, i) => ({
      resourceType: 'Basic',
      id: `${name}-${i}${i > 15 ? '-full' : ''}`,
      code: { text: 'x' },
    })),
  );

const stored = async (name: string): Promise<number> =>
  (await client.query('SELECT FROM resource WHERE id LIKE $1', [`${name}-%`])).rowCount ?? 0;

async function imported(body: string): Promise<Answer> {
  const headers = { prefer: 'respond-async', 'content-type': 'application/fhir+ndjson' };
  const begun = await server.call('POST', '$import', { token: token(), body, headers });
  expect(begun.status, begun.text).toBe(202);
  return endOfJob(server, token(), begun, 60);
}

it('end with 507 and the reason, name no resource, and are run again once there is room', async () => {
  await fillDisk();
  const { status, text, body } = await imported(basics('a'));
  expect([status, text]).toEqual([507, expect.stringContaining('disk of the database is full')]);
  expect(body.issue).toHaveLength(1);
  expect(text).not.toContain('base/1');
  expect(await stored('a')).toBe(0);
  await client.query('DROP FUNCTION disk_is_full CASCADE');
  const again = await imported(basics('a'));
  expect(again.body.output).toEqual([{ inputUrl: 'body', count: 20, created: 20, failed: 0 }]);
});

it('end the command with exit code 1 and the reason, and are run again once there is room', async () => {
  const file = join(folder, 'Basic.ndjson');
  await writeFile(file, basics('b'));
  const run = () => lanyard({ DATABASE_URL: server.database.url }, ['import', file, '--batch', '5']);
  await fillDisk();
  const { exitCode, remarks } = await run();
  expect([exitCode, remarks]).toEqual([1, expect.stringContaining('disk of the database is full')]);
  expect(remarks).not.toContain('Basic.ndjson:');
  expect(await stored('b')).toBe(15);
  await client.query('DROP FUNCTION disk_is_full CASCADE');
  expect((await run()).output).toContain('5 resources created, 15 there already');
});
