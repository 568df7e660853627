// docs/adr/0106: a call that changes in one transaction is answered from that transaction, whoever ends its job
import { Injectable } from '@nestjs/common';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import type { Hook, OnOperation } from '../../src/fhir/extensions/hook.js';
import { Jobs } from '../../src/fhir/storage/jobs/jobs.js';
import { Refused } from '../../src/refusal/refusal.js';
import { untilEnded } from '../support/bulk-data.js';
import { expectOutcome } from '../support/outcome.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

const gate = { refuses: false };

@Injectable()
class Gate implements Hook {
  readonly name = 'gate';
  async onOperation({ code }: OnOperation, next: () => Promise<object>): Promise<object> {
    const answer = await next();
    if (code === 'merge' && gate.refuses)
      throw new Refused([{ code: 'operation-not-granted', fact: 'The gate is shut.', cure: 'Wait.' }]);
    return answer;
  }
}

let server: TestServer;
let client: Client;
let token: string;
beforeAll(async () => {
  const hooks = [FhirModule.forFeature({ name: 'gate', hooks: [Gate] })];
  server = await startServer({ LOG_LEVEL: 'silent', VALIDATION: 'structure' }, hooks);
  token = server.token('user/*.cruds user/AuditEvent.rs admin/Data.d');
  client = new Client(server.database.connection);
  await client.connect();
  // The server comes to no end with its jobs, as if it died between the commit of the work and the answer.
  await client.query(`
    CREATE TABLE dying (attempts integer);
    CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF EXISTS (SELECT FROM dying) THEN RAISE 'dead'; END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER die BEFORE UPDATE ON job FOR EACH ROW WHEN (NEW.state = 'done') EXECUTE FUNCTION die();
    CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      PERFORM set_config('test.keeps', 'yes', true);
      RETURN NEW;
    END $$;
    CREATE TRIGGER keep BEFORE UPDATE ON job FOR EACH ROW WHEN (NEW.state = 'running' AND NEW.answer <> '') EXECUTE FUNCTION keep();
    CREATE FUNCTION die_recording() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF EXISTS (SELECT FROM dying) AND current_setting('test.keeps', true) IS DISTINCT FROM 'yes' THEN RAISE 'dead'; END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER die BEFORE INSERT ON audit_record FOR EACH ROW WHEN (NEW.entry LIKE '%"erasure"%') EXECUTE FUNCTION die_recording()`);
});
afterAll(async () => {
  await client.end();
  await server.close();
});

const parameters = (...parameter: object[]) => ({ resourceType: 'Parameters', parameter });
const toPatient = (id: string) => ({ reference: `Patient/${id}` });
const mergeOf = (name: string) =>
  parameters(
    { name: 'source-patient', valueReference: toPatient(`${name}-1`) },
    { name: 'target-patient', valueReference: toPatient(`${name}-2`) },
  );
const replaceOf = (name: string) =>
  parameters(
    { name: 'source-reference-id', valueString: `Patient/${name}-1` },
    { name: 'target-reference-id', valueString: `Patient/${name}-2` },
  );

const send = (method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
  server.call(method, path, { token, headers, ...(body && { body }) });

/** Two patients with an observation of the first one. */
async function people(name: string): Promise<void> {
  const resources = [
    { ...aPatient(), id: `${name}-1` },
    { ...aPatient(), id: `${name}-2` },
    { ...anObservation(`Patient/${name}-1`), id: `${name}-o` },
  ];
  const stored = await send('POST', '', aBundle('transaction', ...resources.map((one) => putting(one))));
  expect(stored.status, stored.text).toBe(200);
}

async function begin(path: string, body: object = { resourceType: 'Parameters' }): Promise<string> {
  const begun = await send('POST', path, body, { prefer: 'respond-async' });
  expect(begun.status, begun.text).toBe(202);
  return begun.headers['content-location']!.split('/fhir/r4/')[1]!;
}

const idOf = (place: string): string => new URLSearchParams(place.split('?')[1]).get('job')!;

/** Its work is committed, and its server is gone. */
async function died(place: string): Promise<void> {
  await vi.waitFor(
    async () => {
      const { rows } = await client.query('SELECT FROM job WHERE id = $1 AND answer IS NOT NULL', [idOf(place)]);
      expect(rows).toHaveLength(1);
      expect(server.app.get(Jobs).running).toBe(0);
    },
    { timeout: 20_000, interval: 50 },
  );
  expect((await send('GET', place)).status).toBe(202);
}

const takeOver = async (place: string): Promise<Answer> => {
  await client.query(`DELETE FROM dying`);
  await client.query(`UPDATE job SET lease = now() - interval '1 s', polled = NULL WHERE id = $1`, [idOf(place)]);
  return ended(place);
};

const ended = (place: string): Promise<Answer> => untilEnded(() => send('GET', place));

const named = ({ body }: Answer, name: string) =>
  (body.parameter as { name: string }[]).filter((one) => one.name === name);

beforeEach(async () => {
  gate.refuses = false;
  await client.query('INSERT INTO dying VALUES (1)');
});

describe('a server that dies between the commit and the answer', () => {
  it('has merged two patients: the next one answers what was done, once, from one AuditEvent', async () => {
    await people('m');
    const place = await begin('Patient/$merge', mergeOf('m'));
    await died(place);
    const answer = await takeOver(place);
    expect(answer.status, answer.text).toBe(200);
    expect(named(answer, 'changed')).toHaveLength(2);
    expect(named(answer, 'result')).toMatchObject([{ resource: { id: 'm-2', meta: { versionId: '2' } } }]);
    expect((await send('GET', 'Patient/m-2')).body.meta.versionId).toBe('2');
    const { body } = await send('GET', 'AuditEvent?patient=Patient/m-2&subtype=operation');
    expect(body.entry).toHaveLength(1);
    expect(JSON.stringify(body.entry)).toContain('Patient/m-2/_history/2');
  });

  it('has replaced references', async () => {
    await people('r');
    const place = await begin('$replace-references', replaceOf('r'));
    await died(place);
    const answer = await takeOver(place);
    expect([answer.status, named(answer, 'changed').length], answer.text).toEqual([200, 1]);
    expect((await send('GET', 'Observation/r-o')).body.meta.versionId).toBe('2');
  });

  it('has undone a merge', async () => {
    await people('u');
    const done = await send('POST', 'Patient/$merge', mergeOf('u'));
    const [provenance] = named(done, 'provenance') as unknown as { valueReference: object }[];
    const place = await begin('Patient/$undo-merge', parameters({ ...provenance!, name: 'provenance' }));
    await died(place);
    const answer = await takeOver(place);
    expect([answer.status, named(answer, 'changed').length], answer.text).toEqual([200, 2]);
    expect((await send('GET', 'Patient/u-1')).body.meta.versionId).toBe('3');
  });

  it('has erased a record, also one of deleted resources only', async () => {
    await people('p');
    const place = await begin('Patient/p-1/$purge');
    await died(place);
    const answer = await takeOver(place);
    expect([answer.status, named(answer, 'erased').length], answer.text).toEqual([200, 2]);
    expect((await send('GET', 'Patient/p-1')).status).toBe(404);

    await client.query('INSERT INTO dying VALUES (1)');
    await send('DELETE', 'Patient/p-2');
    const other = await begin('Patient/p-2/$purge');
    await died(other);
    expect((await takeOver(other)).status).toBe(200);
    const { body } = await send('GET', 'AuditEvent?patient=Patient/p-2&entity-name=erasure');
    expect(body.entry).toHaveLength(1);
  });

  it('is no way around a hook that refuses the answer', async () => {
    await people('h');
    const place = await begin('Patient/$merge', mergeOf('h'));
    await died(place);
    gate.refuses = true;
    expectOutcome(await takeOver(place), 403, /The gate is shut/);
  });

  it('is no way for who may not ask any more', async () => {
    await people('s');
    const place = await begin('Patient/$merge', mergeOf('s'));
    await died(place);
    await client.query('DELETE FROM dying');
    const less = server.token('user/Patient.rs');
    expect((await server.call('GET', place, { token: less })).status).toBe(404);
    expect((await takeOver(place)).status).toBe(200);
  });
});

it('commits nothing once another server has its job', async () => {
  await client.query('DELETE FROM dying');
  await people('f');
  await client.query('BEGIN');
  await client.query(`SELECT FROM resource WHERE type = 'Patient' AND id = 'f-1' FOR UPDATE`);
  const place = await begin('Patient/$merge', mergeOf('f'));
  // Within a transaction pg_stat_activity stays as it was read first.
  const other = new Client(server.database.connection);
  await other.connect();
  await vi.waitFor(
    async () => {
      const { rows } = await other.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      expect(rows.length).toBeGreaterThan(0);
    },
    { timeout: 20_000, interval: 50 },
  );
  await other.query(`UPDATE job SET fence = fence + 1, lease = now() + interval '1 hour' WHERE id = $1`, [idOf(place)]);
  await client.query('COMMIT');
  await vi.waitFor(
    async () => {
      const { rows } = await other.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`,
      );
      expect(rows).toHaveLength(0);
    },
    { timeout: 20_000, interval: 200 },
  );
  await other.end();
  expect((await send('GET', 'Patient/f-1')).body.meta.versionId).toBe('1');
  const answer = await takeOver(place);
  expect([answer.status, (await send('GET', 'Patient/f-1')).body.meta.versionId], answer.text).toEqual([200, '2']);
});
