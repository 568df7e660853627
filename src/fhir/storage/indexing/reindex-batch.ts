import { isObject, parseJson } from '../../../r4/json/json.js';
import { atOnce } from '../../../r4/json/read-json.js';
import { Turns } from '../../../r4/json/turns.js';
import { passFence } from './fence.js';
import type { SearchDefinitions } from './search-definitions.js';
import { type IndexColumns, indexColumnTypes, isOfHistory } from './index-columns.js';
import { tenant } from '../session/tenant-parameter.js';
import { historyTableOf, tableOf, wholeRowsOf } from '../partitions.js';
import type { SqlSession } from '../session/sql-session.js';
import type { Statement } from '../session/statement.js';

/** A batch takes so many rows, or so many stored bytes, whichever comes first. */
const batchRows = 200;
const batchBytes = 2_000_000;

type Row = Readonly<Record<string, unknown>> & { readonly id: string; readonly version: number; readonly body: string };
export type Position = Pick<Row, 'id' | 'version'>;

/** Means of indexing stored rows anew: the session, the maker of index columns, and the definitions they depend on. */
export interface Reindexing {
  readonly session: SqlSession;
  readonly columns: IndexColumns;
  readonly definitions: Pick<SearchDefinitions, 'whileCurrent'>;
}

export interface Batch {
  readonly table: string;
  readonly type: string;
  /** Only versions of another form than that of this process. */
  readonly onlyOthers?: boolean;
  /** End of the batch before. */
  readonly position: Position;
  /** Runs in the transaction that stores the batch. */
  readonly record?: (tx: SqlSession, end: Position, rows: number) => Promise<void>;
}

/** Versions that go on being replaced meanwhile are indexed by those who replace them. */
const mostAttempts = 5;

/** Indexes one batch anew and returns where it ends; undefined after the last one. */
export function reindexBatch(reindexing: Reindexing, batch: Batch): Promise<Position | undefined> {
  return reindexing.definitions.whileCurrent(async () => {
    for (let attempt = 1; ; attempt++) {
      const { indexedBy, form } = reindexing.columns;
      const mark = batch.onlyOthers ? form.markOf(batch.type) : undefined;
      const rows = await reindexing.session.rows<Row>(batchStatement(batch, mark));
      // Most types of most tenants have no row, and whoever writes one from now on indexes it.
      const end = rows.at(-1);
      if (end === undefined) return undefined;
      const indexed = await indexRows(reindexing.columns, batch.type, rows);
      const isStored = await reindexing.session.transaction(async (tx) => {
        await passFence(tx, indexedBy, batch.type);
        const update = updateStatement(batch, JSON.stringify(indexed));
        const [counted] = await tx.rows<{ indexed: number }>(update);
        // A deletion in between took the old index with it.
        if (counted!.indexed < indexed.length && attempt < mostAttempts) return false;
        await batch.record?.(tx, end, rows.length);
        return true;
      });
      if (isStored) return end;
    }
  });
}

async function indexRows(columns: IndexColumns, type: string, rows: readonly Row[]): Promise<readonly object[]> {
  const indexed: object[] = [];
  const turns = new Turns();
  for (const { id, version, body } of rows) {
    await turns.next();
    if (body.length > atOnce) indexed.push({ id, version, ...(await columns.ofLarge(type, body)) });
    else {
      const resource = parseJson(body);
      if (isObject(resource)) indexed.push({ id, version, ...columns.of(type, resource) });
    }
  }
  return indexed;
}

/** A tombstone keeps the index of its last live version, whose text the history has. */
function batchStatement({ table, type, position }: Batch, mark: string | undefined): Statement {
  const text = `
    WITH page AS (
      SELECT r.id, r.version, r.version - r.deleted::int AS live, pg_column_size(r.body) AS size,
        sum(pg_column_size(r.body)) OVER (ORDER BY r.id, r.version) AS total
      FROM ${table} AS r
      WHERE r.tenant = ${tenant} AND r.type = $1::text AND (r.id, r.version) > ($2::text COLLATE "C", $3::integer)
        AND ($4::text = '' OR r.val[1] IS DISTINCT FROM $4::text)
      ORDER BY r.id, r.version LIMIT ${batchRows})
    SELECT page.id, page.version, coalesce(nullif(r.body, ''), h.body, 'null') AS body
    FROM page
    JOIN ${table === tableOf(type) ? wholeRowsOf(type) : table} AS r ON r.tenant = ${tenant} AND r.type = $1::text AND r.id = page.id AND r.version = page.version
    LEFT JOIN ${historyTableOf(type)} AS h
      ON r.deleted AND h.tenant = ${tenant} AND h.type = $1::text AND h.id = page.id AND h.version = page.live
    WHERE page.total - page.size < ${batchBytes} ORDER BY page.id, page.version`;
  return { text, values: [type, position.id, position.version, mark ?? ''] };
}

const names = Object.keys(indexColumnTypes);
const definitions = Object.entries(indexColumnTypes).map(([name, type]) => `${name} ${type}`);

/**
 * Counts the versions that are indexed right now; those that were already are not written again. A version that was replaced
 * in between is in the history by then, or indexed already.
 */
function updateStatement({ table, type }: Batch, json: string): Statement {
  const columns = table === historyTableOf(type) ? names.filter(isOfHistory) : names;
  const isNext = `r.tenant = ${tenant} AND r.type = $2::text AND r.id = next.id AND r.version = next.version`;
  const text = `
    WITH next AS MATERIALIZED (
      SELECT * FROM json_to_recordset($1::json) AS next (id text, version integer, ${definitions.join(', ')})),
    same AS (
      SELECT FROM next JOIN ${table} AS r ON ${isNext}
      WHERE ${columns.map((name) => `r.${name} IS NOT DISTINCT FROM next.${name}`).join(' AND ')}),
    changed AS (
      UPDATE ${table} AS r SET ${columns.map((name) => `${name} = next.${name}`).join(', ')} FROM next
      WHERE ${isNext} AND (${columns.map((name) => `r.${name} IS DISTINCT FROM next.${name}`).join(' OR ')})
      RETURNING r.id)
    SELECT ((SELECT count(*) FROM same) + (SELECT count(*) FROM changed))::integer AS indexed`;
  return { text, values: [json, type] };
}
