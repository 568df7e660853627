// Exports while the disk of the database, or the store of their files, is full (docs/adr/0078)
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import { BINARY_STORE } from '../../src/fhir/storage/binary/binary-store.js';
import { placeOf, untilEnded } from '../support/bulk-data.js';
import { rowsOf } from '../support/connection.js';
import { MemoryBinaryStore } from '../support/memory-binary-store.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';
import { until } from '../support/tenants.js';

const later = { prefer: 'respond-async' };
const tokenOf = (server: TestServer) => server.token('system/*.cruds', { sub: 'robot', client_id: 'robot' });

async function fill(server: TestServer): Promise<void> {
  const resources = [
    { ...aPatient(), id: 'p1' },
    { ...anObservation('Patient/p1'), id: 'o1' },
  ];
  const stored = await server.call('POST', '', {
    token: tokenOf(server),
    body: aBundle('transaction', ...resources.map(putting)),
  });
  expect(stored.status, stored.text).toBe(200);
}

async function began(server: TestServer): Promise<string> {
  const answer = await server.call('GET', '$export?_type=Observation,Patient', {
    token: tokenOf(server),
    headers: later,
  });
  expect(answer.status, answer.text).toBe(202);
  return placeOf(answer.headers['content-location']!);
}

const endOf = (server: TestServer, place: string): Promise<Answer> =>
  untilEnded(() => server.call('GET', place, { token: tokenOf(server) }), 60);

const typesOf = ({ body }: Answer): readonly string[] =>
  (body.output as readonly { readonly type: string }[]).map(({ type }) => type);

const query = (server: TestServer, text: string): Promise<readonly object[]> =>
  rowsOf(server.database.connection, text);

describe('an export that finds the disk of the database full', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ LOG_LEVEL: 'silent' });
    await fill(server);
  });
  afterAll(() => server.close());

  it('ends with 507 and the reason, and leaves none of the files that it had written', async () => {
    await query(
      server,
      `CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF EXISTS (SELECT FROM binary_content) THEN
          -- The file before is added while this one is written.
          FOR tries IN 1..100 LOOP
            EXIT WHEN EXISTS (SELECT FROM job_file);
            PERFORM pg_sleep(0.05);
          END LOOP;
          RAISE EXCEPTION 'could not extend file "base/1/2": No space left on device' USING ERRCODE = '53100';
        END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER disk_is_full BEFORE INSERT ON binary_content FOR EACH ROW EXECUTE FUNCTION disk_is_full()`,
    );
    const ended = await endOf(server, await began(server));
    expect([ended.status, ended.text]).toEqual([507, expect.stringContaining('disk of the database is full')]);
    expect(ended.text).not.toContain('base/1');
    expect(await query(server, 'SELECT file FROM job_file')).toEqual([]);
    await query(server, 'DROP TRIGGER disk_is_full ON binary_content');
    expect(typesOf(await endOf(server, await began(server)))).toEqual(['Observation', 'Patient']);
  });
});

describe('an export whose files lie in a store that is full', () => {
  const store = new MemoryBinaryStore();
  let server: TestServer;
  beforeAll(async () => {
    const parts = [{ provide: BINARY_STORE, useValue: store }];
    server = await startServer({ LOG_LEVEL: 'silent' }, [FhirModule.forFeature({ name: '@acme/store', parts })]);
    await fill(server);
  });
  afterAll(() => server.close());

  it('is put off without a file, and goes on once there is room, with each resource once', async () => {
    store.fault = 'write';
    const place = await began(server);
    await until(
      async () => (await query(server, `SELECT FROM job WHERE state = 'waiting' AND attempts > 0`)).length > 0,
    );
    const asked = await server.call('GET', place, { token: tokenOf(server) });
    expect(asked.status).toBe(202);
    expect(asked.headers['x-progress']).toMatch(/^put off: [\x20-\x7e]+; tried again in \d+ s$/);
    expect(await query(server, 'SELECT file FROM job_file')).toEqual([]);
    expect(await query(server, 'SELECT content_id FROM binary_upload')).toEqual([]);
    store.fault = 'none';
    await query(server, 'UPDATE job SET lease = NULL');
    const ended = await endOf(server, place);
    expect(ended.status, ended.text).toBe(200);
    expect(typesOf(ended)).toEqual(['Observation', 'Patient']);
    expect([...store.contents.values()].map((one) => String(one).split('\n').length)).toEqual([2, 2]);
  });
});
