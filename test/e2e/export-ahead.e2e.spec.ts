// While a file of an export is added to its job, the next one is written (docs/adr/0157)
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ExportRows } from '../../src/fhir/storage/exporting/export-rows.js';
import { StorageUsage } from '../../src/fhir/storage/limits/storage-usage.js';
import { endOfJob } from '../support/bulk-data.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
const token = () => server.token('system/*.cruds', { sub: 'robot', client_id: 'robot' });

async function exported(): Promise<Answer> {
  const headers = { prefer: 'respond-async' };
  const begun = await server.call('GET', '$export?_type=Encounter,Observation,Patient', { token: token(), headers });
  expect(begun.status, begun.text).toBe(202);
  return endOfJob(server, token(), begun);
}

const following: Readonly<Record<string, string>> = { Encounter: 'Observation', Observation: 'Patient' };

/** Each file is added once the lines of the next one are kept; `fails`: the first one is not. Tells what happened. */
function addingLate({ fails = false } = {}): readonly string[] {
  const rows = server.app.get(ExportRows, { strict: false });
  const [keep, add] = [rows.keepLines.bind(rows), rows.addFile.bind(rows)];
  const events: string[] = [];
  vi.spyOn(rows, 'keepLines').mockImplementation(async (job, chunk, part) => {
    const kept = await keep(job, chunk, part);
    events.push(`${chunk.type} is kept`);
    return kept;
  });
  vi.spyOn(rows, 'addFile').mockImplementation(async (job, file) => {
    events.push(`${file.type} begins`);
    const isKept = () => file.type === 'Patient' || events.includes(`${following[file.type]!} is kept`);
    for (let tries = 0; tries < 50 && !isKept(); tries++) await sleep(20);
    if (fails) throw new Error('It is not added.');
    await add(job, file);
    events.push(`${file.type} is added`);
  });
  return events;
}

async function count(table: 'binary_upload' | 'binary_content' | 'job_file'): Promise<number> {
  const client = new Client({ connectionString: server.database.url });
  await client.connect();
  try {
    return (await client.query<{ count: number }>(`SELECT count(*)::integer FROM ${table}`)).rows[0]!.count;
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  server = await startServer({ LOG_LEVEL: 'silent' });
  const body = aBundle(
    'transaction',
    putting({ ...aPatient(), id: 'p1' }),
    putting({ ...anObservation('Patient/p1'), id: 'o1' }),
    putting({
      resourceType: 'Encounter',
      id: 'e1',
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
      subject: { reference: 'Patient/p1' },
    }),
  );
  await server.call('POST', '', { token: token(), body });
});
afterAll(() => server.close());
afterEach(() => vi.restoreAllMocks());

describe('an export of three files', () => {
  it('leaves none of them behind where the first is not added', async () => {
    const events = addingLate({ fails: true });
    expect((await exported()).status).toBe(500);
    // The AuditEvent of the first file may take longer than the next one.
    expect(events.toSorted()).toEqual(['Encounter begins', 'Encounter is kept', 'Observation is kept']);
    expect([await count('job_file'), await count('binary_upload'), await count('binary_content')]).toEqual([0, 0, 0]);
  });

  it('writes one while the one before is added, and adds one after the other', async () => {
    const events = addingLate();
    const { status, text, body } = await exported();
    expect(status, text).toBe(200);
    expect(events.filter((event) => !event.endsWith('kept'))).toEqual(
      ['Encounter', 'Observation', 'Patient'].flatMap((type) => [`${type} begins`, `${type} is added`]),
    );
    for (const [type, next] of Object.entries(following))
      expect(events.indexOf(`${type} is added`)).toBeGreaterThan(events.indexOf(`${next} is kept`));
    const types = (body.output as readonly { readonly type: string }[]).map(({ type }) => type);
    expect(types).toEqual(['Encounter', 'Observation', 'Patient']);
  });

  it('counts each before the next one is written where a tenant has a limit of them', async () => {
    vi.spyOn(server.app.get(StorageUsage, { strict: false }), 'limitsExports', 'get').mockReturnValue(true);
    const events = addingLate();
    expect((await exported()).status).toBe(200);
    expect(events).toEqual(
      ['Encounter', 'Observation', 'Patient'].flatMap((type) => [
        `${type} is kept`,
        `${type} begins`,
        `${type} is added`,
      ]),
    );
  });
});
