// docs/adr/0107: `kill -9` of the server in the middle of an export by patient; another one goes on where it was
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { TestIssuer } from '../support/issuer.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { callFhir, ServerProcess } from '../support/server-process.js';

let database: FreshDatabase;
let client: Client;
let issuer: TestIssuer;
const running = new Set<ServerProcess>();
beforeAll(async () => {
  database = await freshDatabase();
  client = new Client(database.connection);
  [issuer] = await Promise.all([TestIssuer.start('http://localhost:3000/fhir/r4'), client.connect()]);
});
afterAll(async () => {
  await Promise.all([...running].map((server) => server.kill()));
  await Promise.all([client.end(), issuer.close()]);
  await database.drop();
});

async function start(): Promise<ServerProcess> {
  const server = await ServerProcess.start(database, {
    EXPORT_FILE_SIZE: '1kb',
    TRUSTED_ISSUERS: JSON.stringify([issuer.trust()]),
  });
  running.add(server);
  return server;
}

const filesThere = async (): Promise<number> =>
  (await client.query<{ files: number }>('SELECT count(*)::integer AS files FROM job_file')).rows[0]!.files;

const patients = Array.from({ length: 6 }, (_, i) => `p${i}`);
/** Large ones, so that the record of a patient goes on in another file. */
const observations = patients.flatMap((patient) => Array.from({ length: 7 }, (_, i) => `${patient}-o${i}`));
const observation = (id: string, text: string) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text },
  subject: { reference: `Patient/${id.split('-')[0]!}` },
});

interface Line {
  readonly resourceType: string;
  readonly id: string;
  readonly parameter?: readonly { readonly valueReference: { readonly reference: string } }[];
  readonly subject?: { readonly reference: string };
  readonly code?: { readonly text: string };
}

async function linesAt(address: string, token: string): Promise<readonly Line[]> {
  const file = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
  const text = await file.text();
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

const headerIn = ({ parameter }: Line): string | undefined => parameter?.[0]?.valueReference.reference;

/** The id of a resource that is in the right block, as it was in the snapshot. */
function placedIn(block: string, { id, subject, code }: Line): string {
  expect(subject?.reference ?? `Patient/${id}`).toBe(block);
  if (code) expect(code.text).toHaveLength(1_000_000);
  return id;
}

it('is resumed by another server: each resource once, in the block of its patient, of the same moment', async () => {
  const first = await start();
  const token = issuer.token({ scope: 'system/*.cruds', sub: 'robot', client_id: 'robot' });
  const put = async (resource: { resourceType: string; id: string }, server = first) => {
    const path = `${resource.resourceType}/${resource.id}`;
    expect([200, 201]).toContain((await callFhir(server.base, { method: 'PUT', path, token, body: resource })).status);
  };
  for (const id of patients) await put({ resourceType: 'Patient', id });
  for (const id of observations) await put(observation(id, 'x'.repeat(1_000_000)));
  const headers = { prefer: 'respond-async' };
  const path = '$export?_type=Patient,Observation&organizeOutputBy=Patient';
  const begun = await callFhir(first.base, { method: 'GET', path, token, headers });
  expect(begun.status).toBe(202);
  const { search } = new URL(begun.headers.get('content-location')!);
  await vi.waitFor(async () => expect(await filesThere()).toBeGreaterThan(1), { timeout: 60_000, interval: 5 });
  await first.kill('SIGKILL');
  running.delete(first);
  const before = await filesThere();
  const { rows } = await client.query<{ chunks: number }>('SELECT count(*)::integer AS chunks FROM job_chunk');
  expect(rows[0]!.chunks).toBeGreaterThan(0);
  await client.query('UPDATE job SET lease = now()');
  const second = await start();
  // What changes now is of another moment.
  await put(observation('p5-o6', 'late'), second);
  const answer = await vi.waitFor(
    async () => {
      const asked = await callFhir(second.base, { method: 'GET', path: `$job-status${search}`, token });
      expect(asked.status).toBe(200);
      return asked;
    },
    { timeout: 90_000, interval: 1200 },
  );
  const { output } = answer.body as { output: readonly { url: string; continuesInFile?: string }[] };
  expect(output.length).toBeGreaterThan(before);
  const found: string[] = [];
  const headersOf: string[] = [];
  for (const [place, { url, continuesInFile }] of output.entries()) {
    const read = await linesAt(`${second.base}/$export-file${new URL(url).search}`, token);
    // A file that does not go on with the record before begins with a header.
    const goesOn = output[place - 1]?.continuesInFile !== undefined;
    expect([goesOn, read[0]!.resourceType === 'Parameters']).toContain(true);
    expect([undefined, output[place + 1]?.url]).toContain(continuesInFile);
    for (const line of read) {
      const header = headerIn(line);
      if (header === undefined) found.push(placedIn(headersOf.at(-1)!, line));
      else headersOf.push(header);
    }
  }
  expect(found.toSorted()).toEqual([...patients, ...observations].toSorted());
  expect(new Set(headersOf)).toEqual(new Set(patients.map((id) => `Patient/${id}`)));
}, 240_000);
