// What changes between reading a chunk of an export and writing it down (docs/adr/0078, docs/adr/0118, docs/adr/0148)
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import { BINARY_STORE } from '../../src/fhir/storage/binary/binary-store.js';
import { ExportRows } from '../../src/fhir/storage/exporting/export-rows.js';
import { type AdminApi, adminApi } from '../support/admin-api.js';
import { endOfJob, placeOf } from '../support/bulk-data.js';
import { aConsent } from '../support/consents.js';
import { MemoryBinaryStore } from '../support/memory-binary-store.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let admin: AdminApi;
const policy = 'between';
const token = () => server.token('system/*.cruds', { sub: 'robot', client_id: 'robot' });

async function start(parts: readonly object[]): Promise<void> {
  server = await startServer({ LOG_LEVEL: 'silent', CONSENT: 'all' }, [
    FhirModule.forFeature({ name: '@acme/store', parts: parts as [] }),
  ]);
  admin = await adminApi(server);
  const resources = [
    { ...aPatient(), id: 'p1' },
    { ...aPatient(), id: 'p2' },
    { ...anObservation('Patient/p1'), id: 'o1' },
    { ...anObservation('Patient/p2'), id: 'o2' },
    {
      resourceType: 'Basic',
      id: 'holds',
      code: { text: 'x' },
      subject: { reference: '#inner' },
      contained: [{ resourceType: 'Patient', id: 'inner', gender: 'female' }],
    },
  ];
  await server.call('POST', '', {
    token: token(),
    body: aBundle('transaction', ...resources.map(putting)),
  });
}

/** Runs once, when the lines of a chunk have been read, or kept, and nobody has looked whether that may be. */
function afterReading(change: () => Promise<unknown>): { readonly times: number } {
  const rows = server.app.get(ExportRows, { strict: false });
  const seen = { times: 0 };
  const changed = async <T extends { readonly resources: number }>(lines: T): Promise<T> => {
    expect(lines.resources).toBeGreaterThan(0);
    if (seen.times++ === 0) await change();
    return lines;
  };
  const [read, keep] = [rows.linesOf.bind(rows), rows.keepLines.bind(rows)];
  vi.spyOn(rows, 'linesOf').mockImplementation(async (job, chunk) => changed(await read(job, chunk)));
  vi.spyOn(rows, 'keepLines').mockImplementation(async (job, chunk, part) => changed(await keep(job, chunk, part)));
  return seen;
}

async function store(rule: object): Promise<void> {
  const body = { description: 'so it is now', assignedTo: { clients: ['robot'] }, rules: [rule] };
  const { status, text } = await admin.call('PUT', `policies/${policy}`, body);
  expect(status, text).toBe(200);
}

async function exported(type: string): Promise<Answer> {
  const later = { prefer: 'respond-async' };
  const begun = await server.call('GET', `$export?_type=${type}`, { token: token(), headers: later });
  expect(begun.status, begun.text).toBe(202);
  return endOfJob(server, token(), begun);
}

/** Files of all exports. */
async function filesOf(type: string): Promise<number> {
  const client = new Client({ connectionString: server.database.url });
  await client.connect();
  try {
    return (await client.query('SELECT FROM job_file WHERE type = $1', [type])).rowCount ?? 0;
  } finally {
    await client.end();
  }
}

async function contents({ status, text, body }: Answer): Promise<string> {
  expect(status, text).toBe(200);
  const files = (body.output as readonly { readonly url: string }[]).map(({ url }) =>
    server.call('GET', placeOf(url), { token: token() }),
  );
  return (await Promise.all(files)).map((file) => file.text).join('');
}

describe.each([
  ['the database', []],
  ['a store elsewhere', [{ provide: BINARY_STORE, useValue: new MemoryBinaryStore() }]],
])('what is exported into %s', (_place, parts) => {
  beforeAll(() => start(parts));
  afterAll(() => server.close());
  beforeEach(async () => void (await admin.call('DELETE', `policies/${policy}`)));
  afterEach(() => vi.restoreAllMocks());

  it('is masked by a policy that came after it was read, in resources within others', async () => {
    expect(await contents(await exported('Basic'))).toContain('"gender"');
    const reading = afterReading(() => store({ mask: ['Patient.gender'] }));
    const file = await contents(await exported('Basic'));
    // What the database has kept goes the other way.
    expect(reading.times).toBeGreaterThan(0);
    expect(file).toContain('"holds"');
    expect(file).not.toContain('"gender"');
  });

  it.each([
    ['a mask of its type', { mask: ['Patient.gender'] }],
    ['a constraint of its type', { types: ['Patient'], constrain: '_id=p1' }],
    ['a policy that denies it', { types: ['Patient'], deny: 'no longer' }],
  ])('is handed out no more where the policy is %s, and says so', async (_, rule) => {
    const reading = afterReading(() => store(rule));
    const answer = await exported('Patient');
    expect(reading.times).toBe(1);
    expect([answer.status, answer.text]).toEqual([403, expect.stringMatching(/egin a new export|no longer/)]);
    expect(await filesOf('Patient')).toBe(0);
  });

  it('is as planned where a Consent came after the plan, and the next export keeps it', async () => {
    const denies = { ...aConsent('Patient/p1'), id: 'late' };
    const reading = afterReading(async () => {
      const { status, text } = await server.call('PUT', 'Consent/late', { token: token(), body: denies });
      expect(status, text).toBe(201);
    });
    const ids = (text: string) => ['"o1"', '"o2"'].filter((id) => text.includes(id));
    expect(ids(await contents(await exported('Observation')))).toEqual(['"o1"', '"o2"']);
    expect(reading.times).toBe(1);
    expect(ids(await contents(await exported('Observation')))).toEqual(['"o2"']);
  });
});
