import { fence } from '../../indexing/fence.js';
import { type IndexedBy, isOfHistory } from '../../indexing/index-columns.js';
import { tableOf } from '../../partitions.js';
import { lastUpdated, timeText } from '../../reading/stored-version.js';
import { BindParameters, type Statement } from '../../session/statement.js';
import { tenant } from '../../session/tenant-parameter.js';
import type { ResourceKey } from '../resource-key.js';
import { beforeTime, lookedAt, ownTypeEnds, type UnnumberedRow } from '../unnumbered-row.js';
import { columns, recordset, tellsNoneDenies } from './row-statements.js';

/** A version that takes the place of whichever is there, or that is the first. */
export interface Overwriting {
  readonly key: ResourceKey;
  readonly row: UnnumberedRow;
  /** The number that the version before has to have; undefined: any, or there is none. */
  readonly expected: string | undefined;
  /** A condition without which no row is within reach, whether there is one or not. */
  readonly premise: string | undefined;
  /** Audit record before and behind the number; empty without an audit. */
  readonly entry: readonly [before: string, behind: string];
}

const list = columns.filter(isOfHistory).join(', ');
const changed = columns.slice(2).map((name) => `${name} = next.${name}`);

/** False if the text may hold labels, which survive an update, or another resource, which may be masked. */
const isPlain = lookedAt
  .map(
    (name) => `strpos(${name === 'resourceType' ? `substr(f.body, ${ownTypeEnds + 1})` : 'f.body'}, '"${name}"') = 0`,
  )
  .join(' AND ');

/** True if the document is another one, and perhaps if it is not: that is for who compares numbers by their digits. */
const isOther =
  'CASE WHEN octet_length(f.body) <> octet_length(same.body) THEN true WHEN f.body = same.body THEN false ' +
  'ELSE f.body::jsonb <> same.body::jsonb END';

/**
 * Stores one version with its history and its audit record, in one statement that is a transaction of its own, where nothing has to be
 * known of the row but its number. One row tells the number that was `stored`; otherwise nothing is, and it is the row as it is, if there
 * is one. The row is locked before it is looked at: what is judged, copied and replaced is one version.
 */
export function overwriteStatement(
  { key: { type, id }, row, expected = '', premise = 'true', entry: [before, behind] }: Overwriting,
  { generation, form }: IndexedBy,
): Statement {
  const parameters = new BindParameters();
  const add = parameters.add.bind(parameters);
  const [ofType, ofId, wanted] = [add(type, 'text'), add(id, 'text'), add(expected, 'text')];
  const [head, time, tail] = [add(row.head, 'text'), add(row.lastUpdated, 'text'), add(row.tail, 'text')];
  const passed = fence(add(generation, 'integer'), add(form, 'text'), `ARRAY[${ofType}]`);
  const json = add(row.json(), 'json');
  const body = (number: string, at: string) => `${head} || ${number} || '${beforeTime}' || ${at} || ${tail}`;
  const isRow = `r.tenant = ${tenant} AND r.type = ${ofType} AND r.id = ${ofId}`;
  const made = { version: 'n.version', body: body('n.version', time) } as Readonly<Record<string, string>>;
  const table = `${tableOf(type)} AS r`;
  const parts = [
    `found AS MATERIALIZED (SELECT ${list} FROM ${table} WHERE ${isRow} AND ${premise} FOR NO KEY UPDATE)`,
    `superseded AS MATERIALIZED (SELECT f.* FROM found AS f CROSS JOIN LATERAL (SELECT ` +
      `${body('f.version', timeText('f.updated'))} AS body) AS same WHERE NOT f.deleted AND f.updated < ${time}::timestamptz ` +
      `AND ${wanted} IN ('', f.version::text) AND ${isPlain} AND ${isOther})`,
    `numbers AS (SELECT version + 1 AS version FROM superseded UNION ALL SELECT 1 WHERE ${wanted} = '' AND ${premise} AND NOT EXISTS (SELECT FROM found))`,
    `next AS MATERIALIZED (SELECT ${columns.map((name) => `${made[name] ?? `row.${name}`} AS ${name}`).join(', ')} FROM numbers AS n ` +
      `CROSS JOIN json_to_record(${json}) AS row (${recordset.join(', ')}) WHERE ${passed})`,
    `archived AS (INSERT INTO resource_history (tenant, ${list}) SELECT ${tenant}, ${list} FROM superseded WHERE EXISTS (SELECT FROM next))`,
    `replaced AS (UPDATE ${table} SET ${changed.join(', ')} FROM next, superseded WHERE ${isRow} RETURNING r.version)`,
    `first AS (INSERT INTO resource (tenant, ${columns.join(', ')}) SELECT ${tenant}, ${columns.join(', ')} FROM next ` +
      'WHERE version = 1 ON CONFLICT (tenant, type, id) DO NOTHING RETURNING version)',
    'stored AS (SELECT version FROM replaced UNION ALL SELECT version FROM first)',
  ];
  if (before !== '') {
    const entry = `${add(before, 'text')} || version || ${add(behind, 'text')}`;
    parts.push(`audited AS (INSERT INTO audit_record (tenant, entry) SELECT ${tenant}, ${entry} FROM stored)`);
  }
  const text =
    `WITH ${parts.join(', ')} SELECT stored.version AS stored, f.version AS "versionId", ${lastUpdated('f')}, f.deleted, f.body, f.method, ${tellsNoneDenies} ` +
    'FROM (SELECT) AS one LEFT JOIN stored ON true LEFT JOIN found AS f ON stored.version IS NULL';
  return { isPrepared: true, text, values: parameters.values };
}
