// What making AuditEvents of records takes: statements, index entries, bytes, and plans that do not grow with what is there (docs/adr/0092)
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type AuditRecord, newRecord } from '../../src/audit/audit-record.js';
import { poolOf } from '../../src/database/pool-of.js';
import { appendStatement, entryOf } from '../../src/fhir/storage/audit/append-records.js';
import { EventRows } from '../../src/fhir/storage/audit/event-rows.js';
import { sealRecords } from '../../src/fhir/storage/audit/seal-records.js';
import { verifyChain } from '../../src/fhir/storage/audit/verify-chain.js';
import { IndexForm } from '../../src/fhir/storage/indexing/forms/index-form.js';
import { IndexColumns } from '../../src/fhir/storage/indexing/index-columns.js';
import { SortSlots } from '../../src/fhir/storage/searching/sort-slots.js';
import { SqlSession } from '../../src/fhir/storage/session/sql-session.js';
import { ResourceIndexer } from '../../src/r4/search/index/resource-indexer.js';
import { SearchParameters } from '../../src/r4/search/parameters/search-parameters.js';
import { largeDocuments } from '../support/large-documents.js';
import { eventsOfDefault } from '../support/whole-events.js';
import { base, openStorage, type Storage, statementsOf } from './storage.fixture.js';

const batch = 200;
const many = 20_000;
let storage: Storage;
let session: SqlSession;
let columns: IndexColumns;

beforeAll(async () => {
  storage = await openStorage();
  session = new SqlSession(poolOf(storage.dataSource), { statementTimeout: 60 });
  const form = new IndexForm({ added: [] }, { referentialIntegrity: false, timeZone: 'UTC' });
  const indexer = new ResourceIndexer(new SearchParameters(), { base, timeZone: 'UTC' });
  columns = new IndexColumns(indexer, new SortSlots(), form, largeDocuments());
  events = new EventRows(columns);
  await storage.dataSource.query(
    `INSERT INTO resource (tenant, type, id, version, updated, deleted, method, body, compartments, tok, val, ranges,
        num_low, num_high, str_low, str_high)
      SELECT 1, 'Patient', 'p' || n, 1, now(), false, 'PUT', repeat('{}', 200), ARRAY['Patient/p' || n], '{}', '{}', '{}', '{}', '{}', '{}', '{}'
      FROM generate_series(1, ${many}) AS n`,
  );
  await storage.dataSource.query('VACUUM ANALYZE resource_patient');
});
afterAll(() => storage.close());

/** Of a read, as most are. */
const aRead = (n: number, more: Partial<AuditRecord> = {}): AuditRecord =>
  newRecord({
    event: 'read',
    outcome: '0',
    requestId: crypto.randomUUID(),
    caller: {
      issuer: 'http://localhost:3000/oauth2',
      subject: 'admin',
      kind: 'user',
      clientId: 'lanyard-login',
      tokenId: '42fa3dba-237a-46b0-97d7-4a2ccf6acd1b',
    },
    address: '127.0.0.1',
    line: `GET Patient/p${n}`,
    disclosed: [`Patient/p${n}/1`],
    ...more,
  });

const append = (records: readonly AuditRecord[]) => session.count(appendStatement(records.map(entryOf)));
const reads = (count: number) => Array.from({ length: count }, (_, n) => aRead((n * 7919) % many));
const definitions = { whileCurrent: <T>(work: () => Promise<T>) => work() };
/** Of one server, which knows the heads that it has stored. */
let events: EventRows;
const sealBatch = (urgency?: number) => sealRecords({ session, columns, events, definitions }, 'awaited', urgency);
async function sealAll(urgency?: number): Promise<void> {
  while ((await sealBatch(urgency)).isMore);
}
const one = async <T>(sql: string): Promise<T> => (await storage.dataSource.query<T[]>(sql))[0]!;

/** Statements with their values, as they are sent. */
async function sentBy(work: () => Promise<unknown>): Promise<readonly pg.QueryConfig[]> {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    return query.mock.calls.flatMap(([sent]) => (typeof sent === 'string' ? [] : [sent as unknown as pg.QueryConfig]));
  } finally {
    query.mockRestore();
  }
}

async function plansOf(statements: readonly pg.QueryConfig[]): Promise<string> {
  const plans: string[] = [];
  for (const { text, values } of statements) {
    if (!/^(?:SELECT|INSERT|UPDATE|DELETE|WITH)/.test(text)) continue;
    const lines = await storage.dataSource.query<Record<string, string>[]>(`EXPLAIN ${text}`, [...(values ?? [])]);
    plans.push(lines.map((line) => line['QUERY PLAN']).join('\n'));
  }
  return plans.join('\n\n');
}

describe('a batch of records', () => {
  it('takes as many statements as one record', async () => {
    await append(reads(1));
    const ofOne = await statementsOf(() => sealBatch());
    await append(reads(batch));
    const ofMany = await statementsOf(() => sealBatch());
    expect(ofOne.length).toBeLessThanOrEqual(11);
    expect(ofMany).toEqual(ofOne);
    expect(ofMany.join('\n')).not.toMatch(/json_to_recordset\(\$4/);
  });

  it('becomes AuditEvents of which each has few index entries', async () => {
    await append([aRead(77)]);
    await sealAll();
    const found = await one<{ tok: number; val: number; ranges: number }>(
      `SELECT cardinality(tok) AS tok, cardinality(val) AS val, cardinality(ranges) AS ranges
       FROM resource_auditevent WHERE compartments = '{Patient/p77}' OR body LIKE '%Patient/p77/%' LIMIT 1`,
    );
    expect(found.ranges).toBe(0);
    expect(found.tok).toBeLessThanOrEqual(16);
    expect(found.val).toBe(1);
  });

  it.each([
    ['of single reads a few', 1, 12, 0],
    ['of a transaction of hundreds one', 300, 1, 0],
    ['of single reads some more where they are late', 1, 75, 1],
  ])('becomes AuditEvents %s in each turn of the event loop', async (_name, disclosed, most, urgency) => {
    const count = disclosed === 1 ? 160 : 40;
    await append(
      Array.from({ length: count }, (_, n) =>
        aRead(n, { disclosed: Array.from({ length: disclosed }, (_version, i) => `Patient/p${n * disclosed + i}/1`) }),
      ),
    );
    let [turn, isOver] = [0, false];
    const next = (): void => {
      turn++;
      if (!isOver) setImmediate(next);
    };
    next();
    const turns: number[] = [];
    const make = vi.spyOn(events, 'make').mockImplementation((...args) => {
      turns.push(turn);
      return EventRows.prototype.make.apply(events, args);
    });
    await sealAll(urgency);
    isOver = true;
    make.mockRestore();
    const counts = [...new Set(turns)].map((each) => turns.filter((other) => other === each).length);
    expect(turns).toHaveLength(count);
    expect(Math.max(...counts)).toBeLessThanOrEqual(most);
  });

  it('is stored whole, whatever its texts hold', async () => {
    const subject = 'a\u001eb"\\c\u001f{},\nÄ';
    await append([aRead(1, { caller: { issuer: 'x', subject } }), aRead(2), aRead(3, { object: { name: '\\u001e' } })]);
    await sealAll();
    const [first] = await storage.dataSource.query<{ body: string; deleted: boolean; version: number }[]>(
      `SELECT body, deleted, version FROM ${eventsOfDefault} WHERE body LIKE '%Patient/p1/%' AND body LIKE '%"system":"x"%'`,
    );
    expect(first).toMatchObject({ deleted: false, version: 1 });
    expect(JSON.parse(first!.body)).toMatchObject({ agent: [{ name: subject.replace('\u001e', '\uFFFD') }, {}, {}] });
    const [third] = await storage.dataSource.query<{ body: string }[]>(
      `SELECT body FROM ${eventsOfDefault} WHERE body LIKE '%Patient/p3/%' AND body LIKE '%u001e%'`,
    );
    expect(third!.body).toContain(String.raw`"name":"\\u001e"`);
    expect(await verifyChain(session)).not.toHaveProperty('fault');
  });
});

describe('the chain of a database that was never analysed', () => {
  it('is verified with one AuditEvent put together for each link', async () => {
    const links = 600;
    await append(reads(links));
    await sealAll();
    const [read] = (await sentBy(() => verifyChain(session))).filter(({ text }) => /audit_seal.*LIMIT/.test(text));
    const plan = await storage.dataSource.query<Record<string, string>[]>(`EXPLAIN (ANALYZE) ${read!.text}`, [
      ...(read!.values ?? []),
    ]);
    const heads = plan.map((line) => line['QUERY PLAN']!).filter((line) => line.includes('on audit_head'));
    const times = heads.map((line) => Number(/loops=(\d+)/.exec(line)?.[1] ?? 0));
    expect(Math.max(...times)).toBeLessThanOrEqual(1000);
    expect(Math.max(...times)).toBeGreaterThan(links / 2);
  });
});

describe('with many records, AuditEvents and resources there', () => {
  it('no statement of a batch reads a table from its beginning to its end', async () => {
    await append(reads(4_000));
    await sealAll();
    await append(reads(4_000));
    for (const table of ['audit_record', 'audit_seal', 'resource_auditevent'])
      await storage.dataSource.query(`VACUUM ANALYZE ${table}`);
    const plans = await plansOf(await sentBy(() => sealBatch()));
    expect(plans).toMatch(/Insert on resource_auditevent/);
    expect(plans).toMatch(/Index Scan using audit_record_pkey/);
    // The end of the chain is one row.
    expect(plans.replaceAll('Seq Scan on audit_chain', '')).not.toMatch(/Seq Scan/);
    await sealAll();
  });

  it('an AuditEvent of a read takes few bytes with its indexes', async () => {
    await storage.dataSource.query('VACUUM resource_auditevent');
    const { bytes } = await one<{ bytes: number }>(
      `SELECT pg_total_relation_size('resource_auditevent')::float8 / (SELECT count(*) FROM resource_auditevent) AS bytes`,
    );
    expect(bytes).toBeLessThan(5_800);
  });

  it('a batch has more of them in one transaction the later they are', async () => {
    await append(reads(1_400));
    const batches: number[] = [];
    const left = () => one<{ count: number }>('SELECT count(*)::integer AS count FROM audit_record');
    for (const urgency of [0, 0.5, 1]) {
      const { count: before } = await left();
      await sealBatch(urgency);
      batches.push(before - (await left()).count);
    }
    expect(batches).toEqual([batch, 3 * batch, 1_400 - 4 * batch]);
  });

  it('the chain holds', async () => {
    const report = await verifyChain(session);
    expect(report).toMatchObject({ unsealed: 0, erased: 0 });
    expect(report.fault).toBeUndefined();
    expect(report.checked).toBeGreaterThan(8_000);
  });
});
