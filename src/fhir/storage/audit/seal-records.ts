import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ChainEnd, seal } from '../../../audit/audit-chain.js';
import type { SearchDefinitions } from '../indexing/search-definitions.js';
import type { IndexColumns } from '../indexing/index-columns.js';
import { tenant } from '../session/tenant-parameter.js';
import type { SqlSession } from '../session/sql-session.js';
import type { Statement } from '../session/statement.js';
import type { EventRows } from './event-rows.js';
import { type EventRow, insertEvents, readEntry } from './insert-events.js';
import { resolvePatients } from './resolve-patients.js';

/** Records of one transaction. */
const batchRecords = 200;

/** AuditEvents made in one turn of the event loop: requests are not kept waiting for all of a batch. */
const eventsPerTurn = 10;

export interface Sealing {
  readonly session: SqlSession;
  readonly columns: IndexColumns;
  readonly events: EventRows;
  readonly definitions: Pick<SearchDefinitions, 'whileCurrent'>;
}

export interface Sealed {
  /** True if there may be more. */
  readonly isMore: boolean;
  /** Milliseconds since the newest of what was sealed happened; 0 when nothing was. */
  readonly lateMs: number;
}

type Entry = Readonly<Record<string, unknown>> & { readonly sequence: string; readonly entry: string };

/**
 * Makes AuditEvents of the oldest records and adds them to the chain, in one transaction: one that is broken off has done
 * nothing. `others`: whether records that another server is at are waited for or passed over.
 */
export function sealRecords(
  { session, columns, events, definitions }: Sealing,
  others: 'awaited' | 'skipped',
): Promise<Sealed> {
  return definitions.whileCurrent(() =>
    session.transaction(async (tx) => {
      await lockChain(tx, 'seal');
      const entries = await tx.rows<Entry>(oldestRecords[others]);
      if (entries.length === 0) return { isMore: false, lateMs: 0 };
      const newest = await store(tx, { columns, events }, entries);
      return { isMore: entries.length === batchRecords, lateMs: Date.now() - Date.parse(newest) };
    }),
  );
}

/** Returns when the newest of them happened. */
async function store(
  tx: SqlSession,
  { columns, events }: Pick<Sealing, 'columns' | 'events'>,
  entries: readonly Entry[],
): Promise<string> {
  const records = entries.map(({ entry }) => readEntry(entry));
  const patientsOf = await resolvePatients(tx, records);
  const rows: EventRow[] = [];
  for (const [i, record] of records.entries()) {
    if (i % eventsPerTurn === 0) await nextTurn();
    const { body, index } = events.make(record, patientsOf);
    rows.push({ id: record.id, recorded: record.recorded, body, index: columns.textsOf('AuditEvent', index) });
  }
  await tx.count(insertEvents(rows, columns.indexedBy));
  await tx.count(removeRecords(entries.map(({ sequence }) => sequence)));
  await addLinks(tx, rows);
  return records.at(-1)!.recorded;
}

/** Last in the transaction: links are made one after the other, whatever the number of servers, and nothing else is. */
async function addLinks(tx: SqlSession, events: readonly EventRow[]): Promise<void> {
  let last = await lockChain(tx, 'link');
  const links = events.map(({ id, recorded, body }) => {
    last = seal(last, body);
    return { position: last.position, id, recorded, hash: last.hash.toString('hex') };
  });
  await tx.count(insertSeals(JSON.stringify(links)));
  await tx.count(moveEnd(last));
}

/**
 * `seal`: beside others who seal, but not beside who erases or a server of the release before; `link`: one after the other;
 * `erase`: alone.
 */
const lockModes = { seal: 'KEY SHARE', link: 'NO KEY UPDATE', erase: 'UPDATE' } as const;

/** Holds the end of the chain until the transaction ends. */
export async function lockChain(tx: SqlSession, mode: keyof typeof lockModes): Promise<ChainEnd> {
  const [end] = await tx.rows<{ position: string; hash: Buffer }>({
    text: `SELECT position, hash FROM audit_chain WHERE tenant = ${tenant} FOR ${lockModes[mode]}`,
    values: [],
  });
  return { position: Number(end!.position), hash: end!.hash };
}

const lockOldest = (lock: string): Statement => ({
  text: `SELECT sequence, entry FROM audit_record WHERE tenant = ${tenant} ORDER BY sequence LIMIT ${batchRecords} ${lock}`,
  values: [],
});

const oldestRecords = { awaited: lockOldest('FOR UPDATE'), skipped: lockOldest('FOR UPDATE SKIP LOCKED') };

const insertSeals = (json: string): Statement => ({
  text:
    `INSERT INTO audit_seal (tenant, position, id, recorded, hash) ` +
    `SELECT ${tenant}, position, id, recorded, decode(hash, 'hex') FROM json_to_recordset($1::json) ` +
    `AS seal (position bigint, id text, recorded timestamptz, hash text)`,
  values: [json],
});

const moveEnd = ({ position, hash }: ChainEnd): Statement => ({
  text: `UPDATE audit_chain SET position = $1::bigint, hash = $2::bytea WHERE tenant = ${tenant}`,
  values: [position, hash],
});

const removeRecords = (sequences: readonly string[]): Statement => ({
  text: `DELETE FROM audit_record WHERE tenant = ${tenant} AND sequence = ANY ($1::bigint[])`,
  values: [sequences],
});
