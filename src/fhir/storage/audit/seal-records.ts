import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ChainEnd, seal } from '../../../audit/audit-chain.js';
import type { SearchDefinitions } from '../indexing/search-definitions.js';
import type { IndexColumns } from '../indexing/index-columns.js';
import { tenant } from '../session/tenant-parameter.js';
import type { SqlSession } from '../session/sql-session.js';
import type { Statement } from '../session/statement.js';
import type { EventRow, EventRows } from './event-rows.js';
import { insertEvents, readEntry } from './insert-events.js';
import { resolvePatients } from './resolve-patients.js';
import { storeHeads, type UsedHead, usedHeads } from './shared-heads.js';

/** Records of one transaction where none is late; {@link mostTimes} as many where they are as late as may be, which each costs less. */
const batchRecords = 200;
const mostTimes = 5;

/**
 * Characters of AuditEvents made in one turn of the event loop: requests are not kept waiting for all of a batch. Ten of most requests have as many, and
 * one of a large transaction ten times that. Where they are late, {@link mostTimes} as many: a turn of a busy event loop takes as long as ten of them.
 */
const charactersPerTurn = 30_000;

export interface Sealing {
  readonly session: SqlSession;
  readonly columns: IndexColumns;
  readonly events: EventRows;
  readonly definitions: Pick<SearchDefinitions, 'whileCurrent'>;
  /** The form of new rows, whatever the chain says of it. */
  readonly form?: EventForm | undefined;
}

/** `short`: beside a head that many rows share, which the release before does not know; `whole`: as rows of other types. */
export type EventForm = 'short' | 'whole';

export interface Sealed {
  /** True if there may be more. */
  readonly isMore: boolean;
  /** Milliseconds since the newest of what was sealed happened; 0 when nothing was. */
  readonly lateMs: number;
}

type Entry = Readonly<Record<string, unknown>> & { readonly sequence: string; readonly entry: string };

/**
 * Makes AuditEvents of the oldest records and adds them to the chain, in one transaction: one that is broken off has done
 * nothing. `others`: whether records that another server is at are waited for or passed over; `urgency`: from 0 to 1.
 */
export async function sealRecords(sealing: Sealing, others: 'awaited' | 'skipped', urgency = 0): Promise<Sealed> {
  const { session, definitions, events } = sealing;
  const times = 1 + (mostTimes - 1) * urgency;
  const most = Math.round(batchRecords * times);
  const stored = await definitions.whileCurrent(() =>
    session.transaction(async (tx) => {
      const chain = await lockChain(tx, 'seal');
      const entries = await tx.rows<Entry>(takeOldest(most, lockOfRecords[others]));
      return entries.length === 0
        ? undefined
        : store(tx, sealing, chain, { entries: inOrder(entries), turn: charactersPerTurn * times });
    }),
  );
  if (!stored) return { isMore: false, lateMs: 0 };
  events.stored.add(stored.heads);
  return { isMore: stored.count === most, lateMs: Date.now() - Date.parse(stored.newest) };
}

interface Stored {
  readonly count: number;
  /** When the newest of them happened. */
  readonly newest: string;
  /** Heads that were stored with them. */
  readonly heads: readonly UsedHead[];
}

async function store(
  tx: SqlSession,
  { columns, events, form }: Sealing,
  chain: Chain,
  { entries, turn }: { readonly entries: readonly Entry[]; readonly turn: number },
): Promise<Stored> {
  const isShort = (form ?? chain.form) === 'short';
  const records = entries.map(({ entry }) => readEntry(entry));
  const patientsOf = await resolvePatients(tx, records);
  const rows: EventRow[] = [];
  let made = turn;
  for (const record of records) {
    if (made >= turn) {
      await nextTurn();
      made = 0;
    }
    const row = events.make(record, patientsOf, isShort);
    rows.push(row);
    made += row.text.length;
  }
  const heads = events.stored.lacking(usedHeads(rows), chain.erased);
  if (heads.length > 0) await tx.count(storeHeads(heads));
  await tx.count(insertEvents(rows, columns.indexedBy));
  await addLinks(tx, rows);
  return { count: rows.length, newest: rows.at(-1)!.recorded, heads };
}

interface Link {
  readonly position: number;
  readonly id: string;
  readonly recorded: string;
  readonly hash: string;
}

/** Last in the transaction: links are made one after the other, whatever the number of servers, and nothing else is. */
async function addLinks(tx: SqlSession, events: readonly EventRow[]): Promise<void> {
  let { end: last } = await lockChain(tx, 'link');
  const links = events.map(({ id, recorded, text }) => {
    last = seal(last, text);
    return { position: last.position, id, recorded, hash: last.hash.toString('hex') };
  });
  await tx.count(insertSeals(links));
  await tx.count(moveEnd(last));
}

/**
 * `seal`: beside others who seal, but not beside who erases or a server of the release before; `link`: one after the other;
 * `erase`: alone.
 */
const lockModes = { seal: 'KEY SHARE', link: 'NO KEY UPDATE', erase: 'UPDATE' } as const;

interface Chain {
  readonly end: ChainEnd;
  /** Position of the last link that was erased. */
  readonly erased: string;
  /** Of new rows. */
  readonly form: EventForm;
}

/** Holds the end of the chain until the transaction ends. */
export async function lockChain(tx: SqlSession, mode: keyof typeof lockModes): Promise<Chain> {
  const [row] = await tx.rows<{ position: string; hash: Buffer; erased: string; form: EventForm }>({
    isPrepared: true,
    text: `SELECT position, hash, erased_position AS erased, form FROM audit_chain WHERE tenant = ${tenant} FOR ${lockModes[mode]}`,
    values: [],
  });
  const { position, hash, erased, form } = row!;
  return { end: { position: Number(position), hash }, erased, form };
}

const lockOfRecords = { awaited: 'FOR UPDATE', skipped: 'FOR UPDATE SKIP LOCKED' } as const;

/** Takes the oldest records out; `lock`: of those that are looked at. Planned each time: a plan of when few waited would sort all that wait. */
const takeOldest = (most: number, lock: string): Statement => ({
  text:
    `DELETE FROM audit_record WHERE tenant = ${tenant} AND sequence = ANY (ARRAY(SELECT sequence FROM audit_record ` +
    `WHERE tenant = ${tenant} ORDER BY sequence LIMIT $1::integer ${lock})) RETURNING sequence, entry`,
  values: [most],
});

/** Rows that are taken out come in any order. */
const inOrder = (entries: readonly Entry[]): readonly Entry[] =>
  entries.toSorted((one, other) => Number(one.sequence) - Number(other.sequence));

/** Each column as one text: read as JSON, the rows cost PostgreSQL more than to be stored. */
const insertSeals = (links: readonly Link[]): Statement => ({
  isPrepared: true,
  text:
    `INSERT INTO audit_seal (tenant, position, id, recorded, hash) ` +
    `SELECT ${tenant}, position::bigint, id, recorded::timestamptz, decode(hash, 'hex') FROM ROWS FROM (` +
    `${[1, 2, 3, 4].map((n) => `string_to_table($${n}::text, ' ')`).join(', ')}) AS seal (position, id, recorded, hash)`,
  values: [
    links.map(({ position }) => position).join(' '),
    links.map(({ id }) => id).join(' '),
    links.map(({ recorded }) => recorded).join(' '),
    links.map(({ hash }) => hash).join(' '),
  ],
});

const moveEnd = ({ position, hash }: ChainEnd): Statement => ({
  isPrepared: true,
  text: `UPDATE audit_chain SET position = $1::bigint, hash = $2::bytea WHERE tenant = ${tenant}`,
  values: [position, hash],
});
