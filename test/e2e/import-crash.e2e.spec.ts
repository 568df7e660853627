// docs/adr/0084: `kill -9` of the server in the middle of an import; another one goes on where it was
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { FileSource } from '../support/file-source.js';
import { TestIssuer } from '../support/issuer.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { callFhir, ServerProcess } from '../support/server-process.js';

let database: FreshDatabase;
let client: Client;
let source: FileSource;
let issuer: TestIssuer;
const running = new Set<ServerProcess>();
beforeAll(async () => {
  database = await freshDatabase();
  client = new Client(database.connection);
  [source, issuer] = await Promise.all([
    FileSource.start(),
    TestIssuer.start('http://localhost:3000/fhir/r4'),
    client.connect(),
  ]);
});
afterAll(async () => {
  await Promise.all([...running].map((server) => server.kill()));
  await Promise.all([client.end(), source.close(), issuer.close()]);
  await database.drop();
});

async function start(): Promise<ServerProcess> {
  const server = await ServerProcess.start(database, {
    IMPORT_ALLOW_PRIVATE: source.host,
    TRUSTED_ISSUERS: JSON.stringify([issuer.trust()]),
  });
  running.add(server);
  return server;
}

const count = 3000;
const ids = Array.from({ length: count }, (_, i) => `b${i}`);
const lineOf = (id: string, text: string) => JSON.stringify({ resourceType: 'Basic', id, code: { text } });

it('is resumed by another server: nothing twice, nothing missing, no failure told twice', async () => {
  // Each id comes twice, so that a line that was read again would make a version more; some lines are none.
  const all = [
    ...ids.map((id) => lineOf(id, 'first')),
    ...ids.flatMap((id, i) => (i % 300 === 0 ? ['{', lineOf(id, 'second')] : [lineOf(id, 'second')])),
  ];
  const url = source.add('Basic.ndjson', `${all.join('\n')}\n`);
  const first = await start();
  const token = issuer.token({ scope: 'system/*.cruds', sub: 'robot', client_id: 'robot' });
  const body = {
    resourceType: 'Parameters',
    parameter: [{ name: 'input', part: [{ name: 'url', valueUri: url }] }],
  };
  const headers = { prefer: 'respond-async' };
  const begun = await callFhir(first.base, { method: 'POST', path: '$import', token, body, headers });
  expect(begun.status).toBe(202);
  const { search } = new URL(begun.headers.get('content-location')!);
  const done = async (): Promise<number> =>
    (await client.query<{ done: number }>('SELECT resources::integer AS done FROM job')).rows[0]!.done;
  await vi.waitFor(async () => expect(await done()).toBeGreaterThan(count), { timeout: 60_000, interval: 5 });
  await first.kill('SIGKILL');
  running.delete(first);
  const before = await done();
  expect(before).toBeLessThan(2 * count);
  await client.query('UPDATE job SET lease = now()');
  const second = await start();
  const answer = await vi.waitFor(
    async () => {
      const asked = await callFhir(second.base, { method: 'GET', path: `$job-status${search}`, token });
      expect(asked.status).toBe(200);
      return asked;
    },
    { timeout: 60_000, interval: 1200 },
  );
  expect(answer.body).toMatchObject({
    output: [{ inputUrl: url, count: 2 * count, created: count, failed: 10 }],
    error: [{ count: 10 }],
  });
  const { rows } = await client.query<{ id: string; version: number; body: string }>(
    `SELECT id, version, body FROM resource WHERE type = 'Basic'`,
  );
  expect(rows.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  expect(rows.filter(({ version, body: text }) => version !== 2 || !text.includes('second'))).toEqual([]);
  expect(source.asked).toHaveLength(2);
}, 180_000);
