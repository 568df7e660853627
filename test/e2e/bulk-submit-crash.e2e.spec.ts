// docs/adr/0098: `kill -9` of the server in the middle of a submission; another one goes on where it was
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

/** Resources of each manifest. */
const count = 1500;
const idsOf = (manifest: string) => Array.from({ length: count }, (_, i) => `${manifest}-${i}`);
const lineOf = (id: string, text: string) => JSON.stringify({ resourceType: 'Basic', id, code: { text } });

/** A manifest of two files: each id comes twice, so that a line that was read again would make a version more; some lines are none. */
function manifestOf(name: string): string {
  const ids = idsOf(name);
  const second = ids.flatMap((id, i) => (i % 300 === 0 ? ['{', lineOf(id, 'second')] : [lineOf(id, 'second')]));
  const files = [ids.map((id) => lineOf(id, 'first')), second].map((of, i) => ({
    type: 'Basic',
    url: source.add(`${name}-${i}.ndjson`, `${of.join('\n')}\n`),
  }));
  return source.add(name, JSON.stringify({ transactionTime: '2026-01-01T00:00:00Z', output: files }));
}

const keys = [
  { name: 'submitter', valueIdentifier: { system: 'urn:submitters', value: 'clinic' } },
  { name: 'submissionId', valueString: 'crash' },
];

it('is resumed by another server: nothing twice, nothing missing, each outcome told once, in every manifest', async () => {
  const manifests = ['one', 'two', 'three'].map(manifestOf);
  const first = await start();
  const token = issuer.token({ scope: 'system/*.cruds', sub: 'robot', client_id: 'robot' });
  const post = (server: ServerProcess, path: string, parameter: readonly object[], headers = {}) =>
    callFhir(server.base, { method: 'POST', path, token, body: { resourceType: 'Parameters', parameter }, headers });
  for (const [i, manifest] of manifests.entries()) {
    const isLast = i === manifests.length - 1;
    const status = { system: 'http://hl7.org/fhir/event-status', code: 'completed' };
    const submitted = await post(first, '$bulk-submit', [
      ...keys,
      { name: 'manifestUrl', valueUrl: manifest },
      { name: 'fhirBaseUrl', valueUrl: 'https://clinic.example.org/fhir' },
      ...(isLast ? [{ name: 'submissionStatus', valueCoding: status }] : []),
    ]);
    expect(submitted.status, JSON.stringify(submitted.body)).toBe(200);
  }
  const begun = await post(first, '$bulk-submit-status', keys, { prefer: 'respond-async' });
  expect(begun.status).toBe(202);
  const { search, pathname } = new URL(begun.headers.get('content-location')!);
  const place = pathname.slice(pathname.lastIndexOf('/') + 1) + search;
  const done = async (): Promise<number> =>
    (await client.query<{ done: number }>('SELECT sum(resources)::integer AS done FROM job')).rows[0]!.done;
  // In the second file of the second manifest.
  await vi.waitFor(async () => expect(await done()).toBeGreaterThan(3 * count), { timeout: 90_000, interval: 5 });
  await first.kill('SIGKILL');
  running.delete(first);
  expect(await done()).toBeLessThan(6 * count);
  const askedBefore = [...source.asked];
  await client.query('UPDATE job SET lease = now()');
  const second = await start();
  const answer = await vi.waitFor(
    async () => {
      const asked = await callFhir(second.base, { method: 'GET', path: place, token });
      expect(asked.status).toBe(200);
      return asked;
    },
    { timeout: 90_000, interval: 1200 },
  );
  const { outcome } = answer.body as {
    outcome: readonly { manifestUrl: string; countSeverity: readonly { code: string; count: number }[] }[];
  };
  const errors = outcome.map(({ manifestUrl, countSeverity }) => [
    manifestUrl,
    countSeverity.filter(({ code }) => code === 'error').map(({ count: of }) => of),
  ]);
  expect(errors).toEqual(manifests.map((manifest) => [manifest, [5]]));
  const { rows } = await client.query<{ id: string; version: number; body: string }>(
    `SELECT id, version, body FROM resource WHERE type = 'Basic'`,
  );
  expect(rows.map(({ id }) => id).toSorted()).toEqual(['one', 'two', 'three'].flatMap(idsOf).toSorted());
  expect(rows.filter(({ version, body }) => version !== 2 || !body.includes('second'))).toEqual([]);
  // What was imported before is not fetched again.
  const askedAgain = source.asked.slice(askedBefore.length);
  for (const name of ['one-0.ndjson', 'one-1.ndjson']) expect(askedAgain).not.toContain(name);
}, 240_000);
