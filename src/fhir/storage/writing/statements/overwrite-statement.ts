import { fence } from '../../indexing/fence.js';
import { type IndexedBy, isOfHistory } from '../../indexing/index-columns.js';
import { historyTableOf, tableOf } from '../../partitions.js';
import { lastUpdated, timeText } from '../../reading/stored-version.js';
import { BindParameters, type Statement } from '../../session/statement.js';
import { tenant } from '../../session/tenant-parameter.js';
import type { ResourceKey } from '../resource-key.js';
import { beforeTime, lookedAt, type UnnumberedRow } from '../unnumbered-row.js';
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

/**
 * False if the text may hold labels, which survive an update, or another resource, which may be masked. A resource has its own type first: behind another one
 * there is text. To cut the own one off (`substr`) would take several times as long where characters have several bytes.
 */
const isPlain = lookedAt
  .map((name) =>
    name === 'resourceType'
      ? `split_part(texts.found, '"${name}"', 1) = '{' AND split_part(texts.found, '"${name}"', 3) = ''`
      : `strpos(texts.found, '"${name}"') = 0`,
  )
  .join(' AND ');

/** True if the document is another one, and perhaps if it is not: that is for who compares numbers by their digits. */
const isOther =
  'CASE WHEN octet_length(texts.found) <> octet_length(texts.same) THEN true WHEN texts.found = texts.same THEN false ' +
  'ELSE texts.found::jsonb <> texts.same::jsonb END';

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
    // OFFSET 0: each text is made once. As a stored one is read, it is fetched and decompressed.
    `superseded AS MATERIALIZED (SELECT f.* FROM found AS f CROSS JOIN LATERAL (SELECT f.body || '' AS found, ` +
      `${body('f.version', timeText('f.updated'))} AS same OFFSET 0) AS texts WHERE NOT f.deleted AND f.updated < ${time}::timestamptz ` +
      `AND ${wanted} IN ('', f.version::text) AND ${isPlain} AND ${isOther})`,
    `numbers AS (SELECT version + 1 AS version FROM superseded UNION ALL SELECT 1 WHERE ${wanted} = '' AND ${premise} AND NOT EXISTS (SELECT FROM found))`,
    `next AS MATERIALIZED (SELECT ${columns.map((name) => `${made[name] ?? `row.${name}`} AS ${name}`).join(', ')} FROM numbers AS n ` +
      `CROSS JOIN json_to_record(${json}) AS row (${recordset.join(', ')}) WHERE ${passed})`,
    `archived AS (INSERT INTO ${historyTableOf(type)} (tenant, ${list}) SELECT ${tenant}, ${list} FROM superseded WHERE EXISTS (SELECT FROM next))`,
    `replaced AS (UPDATE ${table} SET ${changed.join(', ')} FROM next, superseded WHERE ${isRow} RETURNING r.version)`,
    `first AS (INSERT INTO ${tableOf(type)} (tenant, ${columns.join(', ')}) SELECT ${tenant}, ${columns.join(', ')} FROM next ` +
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
