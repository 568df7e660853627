import { isObject, parseJson } from '../model/json.js';
import { type IndexColumns, indexColumnTypes } from './index-columns.js';
import { historyTableOf, tableOf, tenant } from './partitions.js';
import type { SqlSession } from './sql-session.js';
import type { Statement } from './statement.js';

/** A batch takes so many rows, or so many stored bytes, whichever comes first. */
const batchRows = 200;
const batchBytes = 2_000_000;

type Row = Readonly<Record<string, unknown>> & { readonly id: string; readonly version: number; readonly body: string };
type Position = Pick<Row, 'id' | 'version'>;

/** Writes what searches look at anew for every version of a type, in batches; the versions themselves stay as they are. */
export async function reindexType(session: SqlSession, columns: IndexColumns, type: string): Promise<void> {
  for (const table of [tableOf(type), historyTableOf(type)]) {
    let position: Position | undefined = { id: '', version: 0 };
    while (position) position = await reindexBatch(session, columns, { table, type, position });
  }
}

interface Batch {
  readonly table: string;
  readonly type: string;
  readonly position: Position;
}

async function reindexBatch(session: SqlSession, columns: IndexColumns, batch: Batch): Promise<Position | undefined> {
  const rows = await session.rows<Row>(batchStatement(batch));
  const json = JSON.stringify(rows.flatMap((row) => indexRow(columns, batch.type, row)));
  await session.transaction((tx) => tx.count(updateStatement(batch, json)));
  return rows.at(-1);
}

function indexRow(columns: IndexColumns, type: string, { id, version, body }: Row): readonly object[] {
  const resource = parseJson(body);
  if (!isObject(resource)) return [];
  return [{ id, version, ...columns.of(type, resource) }];
}

/** A tombstone keeps the index of its last live version, whose text the history has. */
function batchStatement({ table, type, position }: Batch): Statement {
  const text = `
    WITH page AS (
      SELECT r.id, r.version, r.version - r.deleted::int AS live, pg_column_size(r.body) AS size,
        sum(pg_column_size(r.body)) OVER (ORDER BY r.id, r.version) AS total
      FROM ${table} AS r
      WHERE r.tenant = ${tenant} AND r.type = $1::text AND (r.id, r.version) > ($2::text COLLATE "C", $3::integer)
      ORDER BY r.id, r.version LIMIT ${batchRows})
    SELECT page.id, page.version, coalesce(nullif(r.body, ''), h.body, 'null') AS body
    FROM page
    JOIN ${table} AS r ON r.tenant = ${tenant} AND r.type = $1::text AND r.id = page.id AND r.version = page.version
    LEFT JOIN ${historyTableOf(type)} AS h
      ON r.deleted AND h.tenant = ${tenant} AND h.type = $1::text AND h.id = page.id AND h.version = page.live
    WHERE page.total - page.size < ${batchBytes} ORDER BY page.id, page.version`;
  return { text, values: [type, position.id, position.version] };
}

const names = Object.keys(indexColumnTypes);
const definitions = Object.entries(indexColumnTypes).map(([name, type]) => `${name} ${type}`);

/** A version that was replaced in between is in the history by then, or indexed already. */
function updateStatement({ table, type }: Batch, json: string): Statement {
  const text = `
    UPDATE ${table} AS r SET ${names.map((name) => `${name} = next.${name}`).join(', ')}
    FROM json_to_recordset($1::json) AS next (id text, version integer, ${definitions.join(', ')})
    WHERE r.tenant = ${tenant} AND r.type = $2::text AND r.id = next.id AND r.version = next.version`;
  return { text, values: [json, type] };
}
