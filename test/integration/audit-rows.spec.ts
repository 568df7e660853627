// AuditEvents in the short form (docs/adr/0151): what is read is what a general pass over the whole AuditEvent gives
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditRecord, newRecord } from '../../src/audit/audit-record.js';
import { shortHashes } from '../../src/audit/event-kinds.js';
import { poolOf } from '../../src/database/pool-of.js';
import { appendStatement, entryOf } from '../../src/fhir/storage/audit/append-records.js';
import { eraseOldEvents } from '../../src/fhir/storage/audit/erase-old-events.js';
import { EventRows } from '../../src/fhir/storage/audit/event-rows.js';
import { ofTenant } from '../../src/fhir/storage/indexing/stored-hashes.js';
import { insertEvents } from '../../src/fhir/storage/audit/insert-events.js';
import { type EventForm, sealRecords } from '../../src/fhir/storage/audit/seal-records.js';
import { storeHeads, usedHeads } from '../../src/fhir/storage/audit/shared-heads.js';
import { verifyChain } from '../../src/fhir/storage/audit/verify-chain.js';
import { filterPredicate } from '../../src/fhir/storage/predicates/filters/filter-predicate.js';
import { wholeRowsOf } from '../../src/fhir/storage/partitions.js';
import { IndexForm } from '../../src/fhir/storage/indexing/forms/index-form.js';
import { IndexColumns } from '../../src/fhir/storage/indexing/index-columns.js';
import { reindexBatch } from '../../src/fhir/storage/indexing/reindex-batch.js';
import { verifyType } from '../../src/fhir/storage/indexing/verify-sample.js';
import { SortSlots } from '../../src/fhir/storage/searching/sort-slots.js';
import { BindParameters } from '../../src/fhir/storage/session/statement.js';
import { SqlSession } from '../../src/fhir/storage/session/sql-session.js';
import { tenant } from '../../src/fhir/storage/session/tenant-parameter.js';
import { type JsonObject, parseJson } from '../../src/r4/json/json.js';
import { ResourceIndexer } from '../../src/r4/search/index/resource-indexer.js';
import type { Filter, FilterValue } from '../../src/r4/search/query/filter.js';
import { SearchParameters } from '../../src/r4/search/parameters/search-parameters.js';
import { anyRecord, patientsOf } from '../support/audit-records.js';
import { isFull } from '../support/full.js';
import { largeDocuments } from '../support/large-documents.js';
import { base, filter, openStorage, type Storage } from './storage.fixture.js';

let storage: Storage;
let session: SqlSession;
let columns: IndexColumns;
const definitions = { whileCurrent: <T>(work: () => Promise<T>) => work() };

beforeAll(async () => {
  storage = await openStorage();
  session = new SqlSession(poolOf(storage.dataSource), { statementTimeout: 60 });
  columns = columnsOf(true);
});
afterAll(() => storage.close());

function columnsOf(referentialIntegrity: boolean): IndexColumns {
  const form = new IndexForm({ added: [] }, { referentialIntegrity, timeZone: 'UTC' });
  const indexer = new ResourceIndexer(new SearchParameters(), { base, timeZone: 'UTC' }, referentialIntegrity);
  return new IndexColumns(indexer, new SortSlots(), form, largeDocuments());
}

const rowsOf = <T extends Record<string, unknown>>(text: string) => session.rows<T>({ text, values: [] });

/** Some of all kinds, and each with an id of its own, as sealed ones have. */
const records = (count: number): readonly AuditRecord[] =>
  fc.sample(anyRecord, { numRuns: count, seed: 7 }).map((one) => ({ ...one, id: newRecord(one).id.toLowerCase() }));

const aRead = (n: number, more: Partial<AuditRecord> = {}): AuditRecord =>
  newRecord({
    event: 'read',
    outcome: '0',
    requestId: crypto.randomUUID(),
    caller: { issuer: 'http://localhost:3000/oauth2', subject: 'admin', kind: 'user', clientId: 'c', tokenId: 't' },
    address: '127.0.0.1',
    line: `GET Patient/p${n}`,
    disclosed: [`Patient/p${n}/1`],
    ...more,
  });

async function seal(all: readonly AuditRecord[], form: EventForm, events = new EventRows(columns)): Promise<void> {
  await session.count(appendStatement(all.map(entryOf)));
  while ((await sealRecords({ session, columns, events, definitions, form }, 'awaited')).isMore);
}

const ofEvents = `FROM ${wholeRowsOf('AuditEvent')} AS r WHERE r.tenant = ${tenant} AND r.type = 'AuditEvent'`;
const stored = `FROM resource_auditevent AS r WHERE r.tenant = ${tenant}`;

const codes: readonly (readonly [parameter: string, code: string, system: string])[] = [
  ['action', 'R', 'http://hl7.org/fhir/audit-event-action'],
  ['action', 'E', 'http://hl7.org/fhir/audit-event-action'],
  ['type', 'rest', 'http://terminology.hl7.org/CodeSystem/audit-event-type'],
  ['type', '110114', 'http://dicom.nema.org/resources/ontology/DCM'],
  ['subtype', 'read', 'http://hl7.org/fhir/restful-interaction'],
  ['subtype', '110122', 'http://dicom.nema.org/resources/ontology/DCM'],
  ['subtype', 'scope-missing', `${base}/CodeSystem/denial-reason`],
  ['outcome', '4', 'http://hl7.org/fhir/audit-event-outcome'],
  ['altid', 'user', ''],
  ['altid', 'server', ''],
  ['entity-type', '1', 'http://terminology.hl7.org/CodeSystem/audit-entity-type'],
  ['entity-type', 'XrequestId', 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType'],
  ['entity-role', '4', 'http://terminology.hl7.org/CodeSystem/object-role'],
  ['entity-role', '13', 'http://terminology.hl7.org/CodeSystem/object-role'],
  ['agent', 'p1', 'https://issuer.example'],
  ['source', base, ''],
];

/** References to what entities are, by the id alone and with the type. */
const references = ['entity', 'patient'].flatMap((parameter) =>
  ['p1', 'p2', 'o1', 'Patient/p1', 'Observation/p1', 'Patient/r-3', 'Practitioner/p1']
    .filter((reference) => parameter === 'entity' || !/^[OP][br]/.test(reference))
    .map((reference) => filter('AuditEvent', parameter, reference)),
);

/** Agents and sources are found by their identifiers, the rest by codes. */
function formsOf([name, code, system]: (typeof codes)[number]): readonly Filter[] {
  const isReference = name === 'agent' || name === 'source';
  const { parameter } = filter('AuditEvent', name, isReference ? 'Device/d' : code);
  const forms: readonly Omit<FilterValue & { kind: 'token' }, 'kind'>[] = [
    { code, system },
    { code },
    { system },
    { code, system: 'urn:other' },
  ];
  return forms.map((form) => ({ parameter, values: [{ kind: isReference ? 'identifier' : 'token', ...form }] }));
}

describe('AuditEvents in the short form', () => {
  const sorted = (name: string): string => `ARRAY(SELECT unnest(r.${name}) ORDER BY 1) AS ${name}`;
  const compared =
    `r.id, r.version, r.updated, r.deleted, r.method, r.body, ${['compartments', 'tok', 'val', 'grams'].map(sorted).join(', ')}, ` +
    `r.ranges::text, r.num_low, r.num_high, r.str_low, r.str_high, r.words::text`;

  /** All rows by a general pass over them. */
  let inGeneral: readonly Record<string, unknown>[];
  const ascending = (hashes: readonly string[]) =>
    hashes.toSorted((one, other) => (BigInt(one) < BigInt(other) ? -1 : 1));

  /** Ids of what is found by each code, with the system, without it and by the system alone; and of what is not. */
  async function foundByCodes(): Promise<readonly (readonly string[])[]> {
    const found: string[][] = [];
    for (const asked of [...codes.flatMap(formsOf), ...references])
      for (const not of ['', 'NOT ']) {
        const parameters = new BindParameters();
        const condition = filterPredicate(asked, 'r', parameters);
        const text = `SELECT r.id ${ofEvents} AND ${not}${condition} ORDER BY r.id`;
        const rows = await session.rows<{ id: string }>({ text, values: parameters.values });
        found.push(rows.map(({ id }) => id));
      }
    return found;
  }

  it('are read as whole ones are, all columns, whatever was recorded and however it is read', async () => {
    const all = records(isFull ? 600 : 200);
    const events = new EventRows(columns);
    const short = all.map((one) => events.make(one, patientsOf, true));
    const whole = all.map((one) => {
      const made = events.make(one, patientsOf, false);
      const general = columns.indexer.index(parseJson(made.text) as JsonObject);
      return { ...made, general, index: columns.textsOf('AuditEvent', general) };
    });
    const isShort = short.filter(({ head }) => head);
    expect(isShort.length).toBeGreaterThan(all.length / 4);
    expect(isShort.length).toBeLessThan(all.length);
    await session.count(insertEvents(whole, columns.indexedBy));
    inGeneral = await rowsOf(`SELECT ${compared} ${stored} ORDER BY r.id`);
    const found = await foundByCodes();
    // An index of hashes: the short form has others, by which the same searches find it.
    const hashes = new Map(
      short.flatMap(({ id, head }, i) => (head ? [[id, ascending(ofTenant(shortHashes(whole[i]!.general)))]] : [])),
    );
    const expected = inGeneral.map((row) => ({ ...row, tok: hashes.get(row['id'] as string) ?? row['tok'] }));
    await rowsOf('DELETE FROM resource_auditevent');
    await session.count(storeHeads(usedHeads(short)));
    await session.count(insertEvents(short, columns.indexedBy));
    const [{ count }] = (await rowsOf(`SELECT count(*)::integer AS count ${stored} AND left(r.body, 1) = '~'`)) as [
      { count: number },
    ];
    expect(count).toBe(isShort.length);
    expect(await rowsOf(`SELECT ${compared} ${ofEvents} ORDER BY r.id`)).toEqual(expected);
    const named = `SELECT ${compared} FROM resource_auditevent AS e CROSS JOIN LATERAL lanyard_resource(${tenant}, 'AuditEvent', e.id) AS r`;
    expect(await rowsOf(`${named} WHERE e.tenant = ${tenant} ORDER BY r.id`)).toEqual(expected);
    expect(await foundByCodes()).toEqual(found);
    expect(found.filter((ids) => ids.length > 0).length).toBeGreaterThan(40);
  });

  it('pass a comparison of index and content, before and after they were indexed anew', async () => {
    const reindexing = { session, columns, definitions };
    expect(await verifyType(reindexing, 'AuditEvent', true)).toEqual({ sampled: 20, differing: 0 });
    let position: Awaited<ReturnType<typeof reindexBatch>> = { id: '', version: 0 };
    while (position)
      position = await reindexBatch(reindexing, { table: 'resource_auditevent', type: 'AuditEvent', position });
    expect(await rowsOf(`SELECT ${stored.replace('FROM', 'r.id FROM')} AND r.words IS NULL`)).toEqual([]);
    expect(await rowsOf(`SELECT ${compared} ${ofEvents} ORDER BY r.id`)).toEqual(inGeneral);
    expect(await verifyType(reindexing, 'AuditEvent', true)).toEqual({ sampled: 20, differing: 0 });
    await rowsOf('DELETE FROM resource_auditevent');
    await rowsOf('DELETE FROM audit_head');
  });

  it('are links of one chain with whole ones', async () => {
    await seal([aRead(1), aRead(2)], 'short');
    await seal([aRead(3)], 'whole');
    await seal([aRead(4)], 'short');
    expect(await rowsOf(`SELECT left(r.body, 1) AS start ${stored} ORDER BY r.id`)).toEqual(
      ['~', '~', '{', '~'].map((start) => ({ start })),
    );
    const report = await verifyChain(session);
    expect(report).toMatchObject({ checked: 4, unsealed: 0 });
    expect(report.fault).toBeUndefined();
  });

  it.each([
    ['the head', `UPDATE audit_head SET text = replace(text, '"outcome":"0"', '"outcome":"4"')`],
    ['what is its own', `UPDATE resource_auditevent SET body = replace(body, '/1', '/2') WHERE left(body, 1) = '~'`],
    ['its time', `UPDATE resource_auditevent SET updated = updated + interval '1 millisecond'`],
  ])('show by the chain that %s was changed', async (_what, change) => {
    const tampered = session.transaction(async (tx) => {
      await tx.rows({ text: change, values: [] });
      const { fault } = await verifyChain(tx);
      throw new Error(fault ?? 'nothing is wrong');
    });
    await expect(tampered).rejects.toThrow(/is not what was sealed/);
    expect((await verifyChain(session)).fault).toBeUndefined();
  });
});

describe('heads', () => {
  const heads = () =>
    rowsOf<{ used: Date; text: string }>(`SELECT used, text FROM audit_head WHERE tenant = ${tenant}`);
  const oldDay = '2020-01-01T10:00:00.000Z';
  const another = { caller: { issuer: 'x', subject: 'somebody else' } };

  it('are stored once for all servers, until the end of the day on which they are used', async () => {
    const before = (await heads()).length;
    const all = [aRead(5, another), aRead(6, { ...another, recorded: oldDay })];
    await Promise.all([seal(all.slice(0, 1), 'short'), seal(all.slice(1), 'short')]);
    const own = (await heads()).filter(({ text }) => text.includes('somebody else'));
    expect(own).toHaveLength(1);
    expect(await heads()).toHaveLength(before + 1);
    expect(own[0]!.used.getTime()).toBeGreaterThan(Date.now());
    expect(own[0]!.used.getTime() % 86_400_000).toBe(0);
  });

  it('go with the last AuditEvent that names them, and come back with the next one', async () => {
    await rowsOf(`TRUNCATE resource_auditevent, audit_seal, audit_head`);
    await rowsOf(`UPDATE audit_chain SET position = 0, hash = '', erased_position = 0, erased_hash = ''`);
    const events = new EventRows(columns);
    await seal([aRead(7, { ...another, recorded: oldDay }), aRead(8, { recorded: oldDay })], 'short', events);
    await seal([aRead(9)], 'short', events);
    expect(await heads()).toHaveLength(2);
    expect(await eraseOldEvents(session, 30)).toBe(2);
    expect((await heads()).map(({ text }) => text.includes('somebody else'))).toEqual([false]);
    await seal([aRead(10, another)], 'short', events);
    expect(await heads()).toHaveLength(3);
    const report = await verifyChain(session);
    expect(report).toMatchObject({ erased: 2, unsealed: 0 });
    expect(report.fault).toBeUndefined();
  });
});
