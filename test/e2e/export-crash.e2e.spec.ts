// docs/adr/0078: `kill -9` of the server in the middle of an export; another one goes on where it was
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { hasS3Server, S3Server } from '../support/s3-server.js';
import { callFhir, ServerProcess } from '../support/server-process.js';

let database: FreshDatabase;
let client: Client;
let variables: Readonly<Record<string, string>> = {};
const running = new Set<ServerProcess>();
beforeEach(async () => {
  database = await freshDatabase();
  client = new Client(database.connection);
  await client.connect();
});
afterEach(async () => {
  await Promise.all([...running].map((server) => server.kill()));
  running.clear();
  await client.end();
  await database.drop();
});

async function start(): Promise<ServerProcess> {
  // Each chunk of the plan is a file.
  const usual = { EXPORT_FOR_USERS: 'on', EXPORT_FILE_SIZE: '1kb' };
  const server = await ServerProcess.start(database, { ...usual, ...variables });
  running.add(server);
  return server;
}

const filesThere = async (): Promise<number> => {
  const { rows } = await client.query<{ files: number }>('SELECT count(*)::integer AS files FROM job_file');
  return rows[0]!.files;
};

async function isResumed(): Promise<void> {
  const first = await start();
  const { access: token } = await first.logIn();
  const ids = Array.from({ length: 60 }, (_, i) => `b${i}`);
  for (const id of ids) {
    const body = { resourceType: 'Basic', id, code: { text: 'x'.repeat(1_000_000) } };
    expect((await callFhir(first.base, { method: 'PUT', path: `Basic/${id}`, token, body })).status).toBe(201);
  }
  const headers = { prefer: 'respond-async' };
  const begun = await callFhir(first.base, {
    method: 'GET',
    path: '$export?_type=Basic&allowPartialManifests=true',
    token,
    headers,
  });
  expect(begun.status).toBe(202);
  const { search } = new URL(begun.headers.get('content-location')!);
  await vi.waitFor(async () => expect(await filesThere()).toBeGreaterThan(1), { timeout: 30_000, interval: 5 });
  await first.kill('SIGKILL');
  running.delete(first);
  const before = await filesThere();
  const { rows } = await client.query<{ chunks: number }>('SELECT count(*)::integer AS chunks FROM job_chunk');
  expect(rows[0]!.chunks).toBeGreaterThan(0);
  await client.query(`UPDATE job SET lease = now() + interval '5 min'`);
  const second = await start();
  // Until the lease of the first one is over, the files that are there are listed.
  const partial = await callFhir(second.base, { method: 'GET', path: `$job-status${search}`, token });
  expect([partial.status, (partial.body as { output: unknown[] }).output]).toEqual([202, expect.any(Array)]);
  expect((partial.body as { output: unknown[] }).output).toHaveLength(before);
  await client.query('UPDATE job SET lease = now()');
  // What changes now is of another moment.
  await callFhir(second.base, { method: 'DELETE', path: 'Basic/b59', token });
  const late = { resourceType: 'Basic', id: 'b58', code: { text: 'late' } };
  await callFhir(second.base, { method: 'PUT', path: 'Basic/b58', token, body: late });
  const answer = await vi.waitFor(
    async () => {
      const asked = await callFhir(second.base, { method: 'GET', path: `$job-status${search}`, token });
      expect(asked.status).toBe(200);
      return asked;
    },
    { timeout: 60_000, interval: 1200 },
  );
  const { output } = answer.body as { output: readonly { url: string }[] };
  expect(output.length).toBeGreaterThan(before);
  const found: string[] = [];
  for (const { url } of output) {
    const file = await fetch(`${second.base}/$export-file${new URL(url).search}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    for (const line of (await file.text()).trimEnd().split('\n')) {
      const { id, code } = JSON.parse(line) as { id: string; code: { text: string } };
      expect(code.text).toHaveLength(1_000_000);
      found.push(id);
    }
  }
  expect(found.toSorted()).toEqual(ids.toSorted());
}

describe('an export into the database', () => {
  it('is resumed by another server: nothing twice, nothing missing, of the same moment', isResumed, 180_000);
});

describe.runIf(hasS3Server)('an export into a bucket', () => {
  let s3: S3Server;
  beforeAll(async () => {
    s3 = await S3Server.start();
    variables = {
      BINARY_STORE: `s3://${s3.bucket}/files`,
      BINARY_STORE_ENDPOINT: s3.endpoint,
      AWS_ACCESS_KEY_ID: 'S3RVER',
      AWS_SECRET_ACCESS_KEY: 'S3RVER',
    };
  });
  afterAll(async () => {
    variables = {};
    await s3.close();
  });

  it('is resumed as well, and what the first server had begun goes after a day', async () => {
    await isResumed();
    const { rows: files } = await client.query<{ content: string }>('SELECT content_id::text AS content FROM job_file');
    expect((await client.query('SELECT FROM binary_content')).rowCount).toBe(0);
    await Promise.all([...running].map((server) => server.kill()));
    await client.query(`UPDATE binary_upload SET began = began - interval '2 days'`);
    await start();
    const contents = async () => new Set((await s3.names()).map((object) => object.split('/')[1]));
    await vi.waitFor(
      async () => expect(await contents()).toEqual(new Set(files.map(({ content }) => content))),
      30_000,
    );
  }, 180_000);
});
