import type { Access } from '../../../../scope/access.js';
import { appendText } from '../../audit/append-records.js';
import { fence } from '../../indexing/fence.js';
import { type IndexedBy, isOfHistory } from '../../indexing/index-columns.js';
import { historyTableOf, tableOf } from '../../partitions.js';
import { accessPredicate } from '../../predicates/predicate.js';
import { BindParameters, type Statement } from '../../session/statement.js';
import { tenant } from '../../session/tenant-parameter.js';
import type { ResourceKey } from '../resource-key.js';
import { columns, recordset, type RowsToStore, tellsNoneDenies } from './row-statements.js';

/** A version that takes the place of another, or that is the first. */
export interface Replacement {
  readonly key: ResourceKey;
  /** The version that it was decided on; undefined: there was no row. */
  readonly replaced: number | undefined;
  /** Its content has to be within reach of this access, by what the row itself says. */
  readonly content: Access;
  /** Audit record of the change. */
  readonly entry: string | undefined;
}

const list = columns.filter(isOfHistory).join(', ');
const changed = columns.slice(2).map((name) => `${name} = next.${name}`);
const selected = columns.map((name) =>
  name === 'body' ? `coalesce(row.body, nullif($5::text, '')) AS body` : `row.${name}`,
);

/**
 * Stores one version with its history and its audit record: one statement, which is a transaction of its own. It returns one row, or
 * none and stores nothing where the version that was decided on is no longer the current one, or the content is not within reach.
 * The row is locked before it is copied, so that the history gets what the update replaces.
 */
export function replaceStatement(
  { json, types, body = '' }: RowsToStore,
  { generation, form }: IndexedBy,
  { key, replaced, content, entry }: Replacement,
): Statement {
  const parameters = new BindParameters();
  parameters.values.push(generation, form, `{${types.join()}}`, json, body);
  const judged = accessPredicate(content, 'next', parameters);
  const parts = [
    `next AS MATERIALIZED (SELECT next.* FROM (SELECT ${selected.join(', ')} FROM json_to_recordset($4::json) ` +
      `AS row (${recordset.join(', ')})) AS next WHERE ${fence('$1', '$2', '$3::text[]')} AND ${judged})`,
    ...(replaced === undefined ? [firstVersion] : nextVersion(key, replaced, parameters)),
  ];
  if (entry !== undefined) {
    parts.push(`audited AS (${appendText(parameters.add(entry, 'text'))} CROSS JOIN stored)`);
  }
  return {
    isPrepared: true,
    text: `WITH ${parts.join(', ')} SELECT ${tellsNoneDenies} FROM stored`,
    values: parameters.values,
  };
}

const firstVersion =
  `stored AS (INSERT INTO resource (tenant, ${columns.join(', ')}) SELECT ${tenant}, ${columns.join(', ')} FROM next ` +
  'ON CONFLICT (tenant, type, id) DO NOTHING RETURNING id)';

function nextVersion({ type, id }: ResourceKey, replaced: number, parameters: BindParameters): readonly string[] {
  const table = `${tableOf(type)} AS r`;
  const isRow = `r.tenant = ${tenant} AND r.type = ${parameters.add(type, 'text')} AND r.id = ${parameters.add(id, 'text')}`;
  const isCurrent = `r.version = ${parameters.add(replaced, 'integer')}`;
  return [
    `superseded AS MATERIALIZED (SELECT ${list} FROM ${table} WHERE ${isRow} AND ${isCurrent} ` +
      'AND EXISTS (SELECT FROM next) FOR NO KEY UPDATE)',
    `archived AS (INSERT INTO ${historyTableOf(type)} (tenant, ${list}) SELECT ${tenant}, ${list} FROM superseded)`,
    `stored AS (UPDATE ${table} SET ${changed.join(', ')} FROM next, superseded WHERE ${isRow} RETURNING r.id)`,
  ];
}
