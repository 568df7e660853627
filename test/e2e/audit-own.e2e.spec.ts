import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poolOf } from '../../src/database/pool-of.js';
import { AuditSealer } from '../../src/fhir/storage/audit/audit-sealer.js';
import { eraseOldEvents } from '../../src/fhir/storage/audit/erase-old-events.js';
import { verifyChain } from '../../src/fhir/storage/audit/verify-chain.js';
import { SqlSession } from '../../src/fhir/storage/session/sql-session.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

/** What the audit tells callers of themselves, and the chain of hashes. */

// eslint-disable-next-line typescript/no-explicit-any -- tests look into AuditEvents of any shape
type Event = any;

let server: TestServer;
let clinician: string;

beforeAll(async () => {
  server = await startServer();
  clinician = server.token('user/*.cruds', { sub: 'dr-who', client_id: 'ehr', jti: 'token-of-who' });
  for (const id of ['p1', 'p2']) {
    await get('PUT', `Patient/${id}`, clinician, { resourceType: 'Patient', id, name: [{ family: 'Aal' }] });
  }
});

afterAll(() => server.close());

const get = (method: string, path: string, token: string, body?: object): Promise<Answer> =>
  server.call(method, path, { token, ...(body && { body }) });

const myRefusals = async (token: string): Promise<Event[]> => {
  const { status, body } = await get('GET', '$my-refusals', token);
  expect(status).toBe(200);
  return body.parameter ?? [];
};

const partsOf = ({ part }: Event): Record<string, unknown> =>
  Object.fromEntries(part.map(({ name, ...value }: Event) => [name, Object.values(value)[0]]));

describe('$my-refusals', () => {
  it('names the last refusals of the same user and client, with request ids and reasons', async () => {
    const token = server.token('user/Patient.rs', { sub: 'alice', client_id: 'app1' });
    const id = randomUUID();
    await server.call('GET', 'Observation/o1', { token, headers: { 'x-request-id': id } });
    await get('GET', 'Patient/p1', token);
    const [refusal, ...more] = await myRefusals(token);
    expect(more).toEqual([]);
    expect(partsOf(refusal)).toMatchObject({
      'request-id': id,
      request: 'GET http://localhost:3000/fhir/r4/Observation/o1',
      reason: { code: 'scope-insufficient' },
    });
  });

  it('never tells of another user, another client or another issuer', async () => {
    await get('GET', 'Observation/o1', server.token('user/Patient.rs', { sub: 'bob', client_id: 'app1' }));
    expect(await myRefusals(server.token('user/*.rs', { sub: 'carol', client_id: 'app1' }))).toEqual([]);
    expect(await myRefusals(server.token('user/*.rs', { sub: 'bob', client_id: 'app2' }))).toEqual([]);
    expect(await myRefusals(server.token('user/*.rs', { sub: 'app1', client_id: 'bob' }))).toEqual([]);
    expect(await myRefusals(server.token('user/*.rs', { sub: 'bob', client_id: 'app1' }))).toHaveLength(1);
  });
});

describe('$my-disclosures', () => {
  const patientOf = (id: string, scope = 'patient/AuditEvent.rs') =>
    server.token(scope, { sub: `patient-${id}`, client_id: 'phr', patient: id });
  const disclosures = async (id: string): Promise<Event[]> => {
    const { status, body } = await get('GET', '$my-disclosures', patientOf(id));
    expect(status).toBe(200);
    return (body.entry ?? []).map(({ resource }: Event) => resource);
  };

  it('tells a patient who saw the record, and of a request about several patients nothing of the others', async () => {
    await get('GET', 'Patient?family=Aal&_id=p1,p2', clinician);
    const [one] = await disclosures('p1');
    const [other] = await disclosures('p2');
    expect(one.agent[0]).toMatchObject({ name: 'dr-who', requestor: true });
    expect(one.entity.map(({ what }: Event) => what.reference)).toEqual(['Patient/p1', 'Patient/p1/_history/1']);
    expect(JSON.stringify(one)).not.toMatch(/p2|family|token-of-who|network/);
    expect(JSON.stringify(other)).not.toContain('p1');
    expect(one.id).not.toBe(other.id);
  });

  it('has pages of the newest first, bound to the patient', async () => {
    for (let i = 0; i < 3; i++) await get('GET', 'Patient/p1', clinician);
    const all = (await disclosures('p1')).map(({ id }: Event) => id);
    const first = await get('GET', '$my-disclosures?_count=2', patientOf('p1'));
    const next = first.body.link[1].url.slice('http://localhost:3000/fhir/r4/'.length);
    const second = await get('GET', next, patientOf('p1'));
    const seen = [first, second].flatMap(({ body }) => body.entry.map(({ resource }: Event) => resource.id));
    expect(seen).toEqual(all.slice(0, 4));
    expect((await get('GET', next, patientOf('p2'))).status).toBe(403);
  });

  it.each([
    ['a wildcard', 'patient/*.rs'],
    ['read without search', 'patient/AuditEvent.r'],
    ['a constraint', 'patient/AuditEvent.rs?action=R'],
    ['user scopes of somebody who is no patient', 'user/AuditEvent.rs'],
  ])('is refused to %s', async (_, scope) => {
    expect((await get('GET', '$my-disclosures', patientOf('p1', scope))).status).toBe(403);
  });

  it('opens nothing else to a patient: AuditEvents themselves stay withheld', async () => {
    for (const path of ['AuditEvent', 'AuditEvent?patient=Patient/p1', 'AuditEvent/x', 'AuditEvent/_history']) {
      expect([path, (await get('GET', path, patientOf('p1'))).status]).toEqual([path, 403]);
    }
  });
});

describe('the chain of hashes', () => {
  const session = () => server.app.get(SqlSession);
  const query = (sql: string): Promise<Event[]> => server.app.get(DataSource).query(sql);
  const verify = async (noted?: Parameters<typeof verifyChain>[1]) => {
    await server.app.get(AuditSealer).catchUp();
    return verifyChain(session(), noted);
  };
  /** On a connection of its own; rolled back when that ends. */
  const beginTransaction = async (): Promise<pg.Client> => {
    const client = new pg.Client(poolOf(server.app.get(DataSource)).options);
    await client.connect();
    await client.query('BEGIN');
    return client;
  };
  /** Does something to the database, looks, and undoes it. */
  async function faultAfter(sql: string): Promise<string | undefined> {
    await query('CREATE TABLE kept AS SELECT * FROM resource_auditevent');
    await query('CREATE TABLE kept_seals AS SELECT * FROM audit_seal');
    await query(sql);
    const { fault } = await verify();
    await query('TRUNCATE resource_auditevent, audit_seal');
    await query('INSERT INTO resource_auditevent SELECT * FROM kept');
    await query('INSERT INTO audit_seal SELECT * FROM kept_seals');
    await query('DROP TABLE kept, kept_seals');
    return fault;
  }
  const third = `(SELECT id FROM audit_seal WHERE position = 3)`;

  it('holds for what the server wrote, with every record sealed once', async () => {
    const { checked, end, fault, unsealed } = await verify();
    expect([fault, unsealed, checked]).toEqual([undefined, 0, end.position]);
    expect(checked).toBeGreaterThan(10);
  });

  it.each([
    [
      'a changed text',
      `UPDATE resource SET body = replace(body, '"R"', '"E"') || ' ' WHERE id = ${third}`,
      /3 is not what/,
    ],
    ['a removed event', `DELETE FROM resource WHERE type = 'AuditEvent' AND id = ${third}`, /position 3 is missing/],
    ['a removed seal', `DELETE FROM audit_seal WHERE position = 3`, /Position 3 is missing/],
    [
      'a removed end',
      `DELETE FROM audit_seal WHERE position = (SELECT max(position) FROM audit_seal)`,
      /chain ends at position \d+, but position \d+ was sealed/,
    ],
    [
      'an event of somebody else',
      `INSERT INTO resource_auditevent SELECT tenant, type, 'forged', version, updated, deleted, method, body, compartments, tok, val,
         ranges, num_low, num_high, str_low, str_high, words FROM resource_auditevent WHERE id = ${third}`,
      /AuditEvent\/forged has no seal/,
    ],
  ])('shows %s', async (_, sql, fault) => {
    expect(await faultAfter(sql)).toMatch(fault);
    expect((await verify()).fault).toBeUndefined();
  });

  it('shows by what was noted that it was made anew', async () => {
    const { end } = await verify();
    expect((await verify(end)).fault).toBeUndefined();
    expect((await verify({ ...end, hash: Buffer.alloc(32) })).fault).toMatch(/made anew/);
    expect((await verify({ ...end, position: 1_000_000 })).fault).toMatch(/before the noted position/);
  });

  it('has one link for each record, however many seal at the same time', async () => {
    await Promise.all(Array.from({ length: 30 }, () => get('GET', 'Patient/p1', clinician)));
    const sealer = server.app.get(AuditSealer);
    await Promise.all([
      sealer.catchUp(),
      sealer.catchUp(),
      new AuditSealer(session(), sealer.columns, sealer.definitions, { audit: true } as never).catchUp(),
    ]);
    expect((await verify()).fault).toBeUndefined();
    const [{ doubled }] = await query('SELECT count(*) - count(DISTINCT id) AS doubled FROM audit_seal');
    expect(doubled).toBe('0');
  });

  it('grows while another server is at the oldest records, and whoever asks for AuditEvents waits for that one', async () => {
    const [other, another] = [await beginTransaction(), await beginTransaction()];
    // Nothing is sealed until both are ready.
    await other.query('SELECT FROM audit_chain FOR UPDATE');
    await Promise.all(Array.from({ length: 5 }, () => get('GET', 'Patient/p1', clinician)));
    await another.query('SELECT FROM audit_record ORDER BY sequence LIMIT 3 FOR UPDATE');
    await other.end();
    // It seals once the poll of changes has seen the records.
    const sealed = async () => {
      await server.app.get(AuditSealer)['sealSome']();
      return (await verifyChain(session())).unsealed;
    };
    await expect.poll(sealed, { timeout: 10_000 }).toBe(3);
    const asked = server.app.get(AuditSealer).catchUp();
    expect(await Promise.race([asked.then(() => 'done'), delay(300, 'waits')])).toBe('waits');
    await another.end();
    await asked;
    const { unsealed, fault } = await verifyChain(session());
    expect([unsealed, fault]).toEqual([0, undefined]);
  });

  it('does not grow while what is old is erased, nor beside a server that keeps the others out', async () => {
    const other = await beginTransaction();
    await other.query('SELECT FROM audit_chain FOR UPDATE');
    await get('GET', 'Patient/p1', clinician);
    const asked = server.app.get(AuditSealer).catchUp();
    expect(await Promise.race([asked.then(() => 'done'), delay(300, 'waits')])).toBe('waits');
    await other.end();
    await asked;
    expect((await verifyChain(session())).unsealed).toBe(0);
  });

  it('goes on after what is old was erased, which is written down', async () => {
    expect(await eraseOldEvents(session(), 30)).toBe(0);
    const [{ id }] = await query(`SELECT id FROM audit_seal WHERE position = 5`);
    await query(`UPDATE audit_seal SET recorded = now() - interval '31 days' WHERE position <= 5 OR position = 7`);
    expect(await eraseOldEvents(session(), 30)).toBe(5);
    expect(await eraseOldEvents(session(), 30)).toBe(0);
    const { erased, fault } = await verify();
    expect([erased, fault]).toEqual([5, undefined]);
    const auditor = server.token('system/AuditEvent.rs', { sub: 'auditor', client_id: 'auditor' });
    expect((await get('GET', `AuditEvent/${id}`, auditor)).status).toBe(404);
    expect((await get('GET', 'AuditEvent?action=D&type=110101', auditor)).body.entry).toHaveLength(1);
  });
});

describe('$my-disclosures as a table', () => {
  it('has all events, and no cell that a spreadsheet computes', async () => {
    const evil = server.token('user/*.cruds', { sub: '=HYPERLINK("http://x")', client_id: 'ehr' });
    expect((await get('GET', 'Patient/p1', evil)).status).toBe(200);
    const token = server.token('patient/AuditEvent.rs patient/Patient.rs', {
      patient: 'p1',
      sub: 'p1',
      client_id: 'phr',
    });
    const table = async (path: string, accept: string) => {
      const answer = await server.call('GET', path, { token, headers: { accept } });
      expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8']);
      return answer.text.split('\r\n');
    };
    const lines = await table('$my-disclosures', 'text/csv');
    expect(lines[0]).toBe('"recorded","event","outcome","who","app","purpose","resources"');
    expect(lines.find((line) => line.includes('HYPERLINK'))).toContain(`,"'=HYPERLINK(""http://x"")","ehr",`);
    expect(lines.join()).not.toContain('Patient/p2');
    const { body } = await server.call('GET', '$my-disclosures?_count=200', { token });
    expect(Math.abs(lines.length - 2 - body.entry.length)).toBeLessThanOrEqual(1);
    expect((await table('$my-disclosures?_format=csv', '*/*'))[0]).toBe(lines[0]);
    const others = server.token('user/*.rs');
    expect(
      (await server.call('GET', '$my-disclosures', { token: others, headers: { accept: 'text/csv' } })).status,
    ).toBe(403);
    expect((await server.call('GET', 'Patient/p1', { token, headers: { accept: 'text/csv' } })).status).toBe(406);
  });
});
