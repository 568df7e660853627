// docs/adr/0016: equal conditions are serialised, all conditions are resolved by one statement
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { freshDatabase } from '../support/postgres.js';
import { startServer, type TestServer } from '../support/server.js';
import { parseCondition } from '../../src/r4/search/query/condition.js';
import { matchStatements } from '../../src/fhir/storage/writing/statements/condition-statements.js';
import { SearchOffer } from '../../src/r4/search/parameters/search-offer.js';
import { SearchParameters } from '../../src/r4/search/parameters/search-parameters.js';
import {
  anybody,
  aPatient,
  base,
  Caller,
  openStorage,
  patient,
  statementsOf,
  type Storage,
  system,
} from './storage.fixture.js';
import { bindTenant } from '../../src/fhir/storage/session/tenant-parameter.js';

const identified = (value: string): JsonObject => ({ ...aPatient(), identifier: [{ system: 'http://x', value }] });
const times = <T>(count: number, make: (n: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, n) => make(n));

describe('on two servers', () => {
  let servers: readonly [TestServer, TestServer];
  beforeAll(async () => {
    const database = await freshDatabase();
    // Whoever is closed last drops the database.
    const first = await startServer({}, [], { ...database, drop: () => Promise.resolve() });
    servers = [first, await startServer({}, [], database)];
  });
  afterAll(async () => {
    for (const server of servers) await server.close();
  });

  const send = (n: number, request: string, body?: object, headers = {}) => {
    const server = servers[n % 2]!;
    const [method = '', path = ''] = request.split(' ');
    return server.call(method, path, { token: server.token('user/*.cruds'), headers, ...(body && { body }) });
  };

  it('32 equal conditional creates at once make one resource', async () => {
    for (const value of ['a', 'b', 'c']) {
      const conditions = [
        `identifier=http://x|${value}&active:missing=true`,
        `active:missing=true&identifier=http://x%7C${value}`,
      ];
      const answers = await Promise.all(
        times(32, (n) =>
          n % 4 === 3
            ? send(n, `PUT Patient?${conditions[1]!}`, identified(value))
            : send(n, 'POST Patient', identified(value), { 'if-none-exist': conditions[n % 2]! }),
        ),
      );
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(31);
      expect((await send(0, `GET Patient?identifier=${value}`)).body.entry).toHaveLength(1);
    }
  });

  it('transactions that create and refer under the same conditions in other orders all succeed', async () => {
    const values = times(12, (n) => `t${n}`);
    const bundle = (n: number) => ({
      resourceType: 'Bundle',
      type: 'transaction',
      entry: (n % 2 ? values : values.toReversed()).map((value) => ({
        request: { method: 'POST', url: 'Patient', ifNoneExist: `identifier=http://x|${value}` },
        resource: identified(value),
      })),
    });
    const answers = await Promise.all(times(12, (n) => send(n, 'POST ', bundle(n))));
    expect(answers.map(({ status }) => status)).toEqual(times(12, () => 200));
    for (const value of values) {
      expect((await send(0, `GET Patient?identifier=${value}`)).body.entry).toHaveLength(1);
    }
  });

  it('a conditional update never overwrites what no longer matches', async () => {
    const { body } = await send(0, 'POST Patient', identified('moving'));
    const moved = { ...identified('moved'), id: body.id };
    const writes = times(10, (n) =>
      n % 2
        ? send(n, 'PUT Patient?identifier=http://x|moving', identified('moving'))
        : send(n, `PUT Patient/${body.id}`, moved),
    );
    for (const { status } of await Promise.all(writes)) expect([200, 201]).toContain(status);
    const stored = await send(0, `GET Patient/${body.id}`);
    expect(stored.body.identifier[0].value).toBe('moved');
  });
});

describe('the repository', () => {
  let storage: Storage;
  beforeAll(async () => {
    storage = await openStorage();
    await storage.resources.write(times(40, (n) => system.create(identified(`s${n}`), `s${n}`)));
  });
  afterAll(() => storage.close());

  const parameters = new SearchParameters();
  const offer = new SearchOffer(parameters);
  offer.add(...parameters.forType('Patient').values());
  const settings = { offer, base, timeZone: 'UTC', searchValues: 1000, chainDepth: 8, maySearch: () => true };
  const question = (caller: Caller, text: string, most = 2) => ({
    condition: parseCondition('Patient', new URLSearchParams(text), settings),
    access: caller.to('Patient', 's'),
    most,
    onlyReads: false,
  });
  const resolve = (caller: Caller, ...texts: readonly string[]) =>
    storage.resources.transaction(anybody, async (tx) => {
      const found = await tx.resolve(
        texts.map((text) => question(caller, text)),
        caller.searching,
      );
      return found.map((rows) => rows.map(({ id }) => id).toSorted());
    });

  it('resolves conditions of every form in their order, within reach only', async () => {
    const texts = [
      'identifier=http://x|s1',
      'identifier=s2',
      '_id=s3',
      'identifier=nobody',
      'name=aal&_id=s4',
      '_id=s5,s6,s7',
    ];
    const [, , , , , many, ...found] = await resolve(system, ...texts, 'birthdate=2000', 'identifier=http://x|s8');
    expect((await resolve(system, ...texts)).slice(0, 5)).toEqual([['s1'], ['s2'], ['s3'], [], ['s4']]);
    expect(many).toHaveLength(2);
    expect(found).toEqual([[], ['s8']]);
    expect((await resolve(patient('s1', 'patient/Patient.s'), ...texts)).slice(0, 5)).toEqual([['s1'], [], [], [], []]);
  });

  it('takes two statements, however many conditions there are', async () => {
    const texts = times(40, (n) => `identifier=http://x|s${n}`);
    const statements = await statementsOf(() => resolve(system, ...texts));
    expect(statements.filter((text) => text.includes('pg_advisory_xact_lock'))).toHaveLength(1);
    expect(statements).toHaveLength(4);
    expect(statements.at(-2)!.length).toBeLessThan(2000);
  });

  it('finds by index, not by reading the table', async () => {
    const columns = 'body, compartments, ranges, num_low, num_high, str_low, str_high';
    await storage.dataSource.query(
      `INSERT INTO resource (tenant, type, id, version, updated, deleted, method, tok, val, ${columns}) ` +
        `SELECT 1, 'Patient', 'g' || n, 1, now(), false, 'PUT', ARRAY[n::bigint], ARRAY['g' || n], ${columns} ` +
        `FROM resource, generate_series(1, 20000) AS n WHERE type = 'Patient' AND id = 's0'`,
    );
    await storage.dataSource.query('VACUUM ANALYZE resource_patient');
    for (const caller of [system, patient('s1', 'patient/Patient.s')]) {
      const questions = times(20, (n) => question(caller, `identifier=http://x|s${n}`));
      const [statement] = matchStatements(questions, caller.searching);
      const { text, values } = bindTenant(statement!.text, statement!.values);
      const plan = await storage.dataSource.query<object[]>(`EXPLAIN ${text}`, [...values]);
      expect(JSON.stringify(plan)).not.toMatch(/Seq Scan on resource/);
    }
  });

  it('resolves more conditions than a transaction may lock', async () => {
    const found = await resolve(system, ...times(3000, (n) => `identifier=http://x|s${n}`));
    expect(found.filter((ids) => ids.length === 1)).toHaveLength(40);
  });
});
