import type { Access } from '../../../scope/access.js';
import { tenant } from '../session/tenant-parameter.js';
import { historyTableOf, wholeRowsOf } from '../partitions.js';
import { accessPredicate } from '../predicates/predicate.js';
import { BindParameters, type Statement } from '../session/statement.js';
import { storedContent, storedVersion } from './stored-version.js';

/** The current version or the tombstone, without type and id. */
export function currentStatement(access: Access<'r' | 'u' | 'd'>, id: string): Statement {
  if (access.unrestricted) return { isPrepared: true, text: plainRead(access.type), values: [access.type, id] };
  const parameters = new BindParameters();
  const key = keyCondition('r', access, id, parameters);
  const text =
    `SELECT ${storedContent('r')} FROM ${wholeRowsOf(access.type)} AS r ` +
    `WHERE ${key} AND ${accessPredicate(access, 'r', parameters)}`;
  return { isPrepared: true, text, values: parameters.values };
}

const plainReads = new Map<string, string>();

/** The most frequent statement of all: put together once for each type. */
function plainRead(type: string): string {
  const known = plainReads.get(type);
  if (known) return known;
  const table = wholeRowsOf(type);
  const key = `r.tenant = ${tenant} AND r.type = $1::text AND r.id = $2::text`;
  const read = `SELECT ${storedContent('r')} FROM ${table} AS r WHERE ${key}`;
  plainReads.set(type, read);
  return read;
}

/** One version, if both it and the current one are within reach. */
export function versionStatement(access: Access<'r'>, id: string, version: number): Statement {
  const parameters = new BindParameters();
  const versions = visibleVersions(access, id, parameters);
  const wanted = parameters.add(version, 'integer');
  return { text: `${versions} SELECT * FROM versions WHERE "versionId" = ${wanted}`, values: parameters.values };
}

/** Every version is judged by its own content; none shows unless the current one does. */
function visibleVersions(access: Access<'r'>, id: string, parameters: BindParameters): string {
  const judged = (row: string, table: string): string =>
    `SELECT ${storedVersion(row)} FROM ${table} AS ${row} ` +
    `WHERE ${keyCondition(row, access, id, parameters)} AND ${accessPredicate(access, row, parameters)}`;
  return (
    `WITH latest AS MATERIALIZED (${judged('r', wholeRowsOf(access.type))}), ` +
    `versions AS (SELECT * FROM latest UNION ALL ` +
    `${judged('h', historyTableOf(access.type))} AND EXISTS (SELECT FROM latest))`
  );
}

const keyCondition = (row: string, { type }: Access, id: string, parameters: BindParameters): string =>
  `${row}.tenant = ${tenant} AND ${row}.type = ${parameters.add(type, 'text')} AND ${row}.id = ${parameters.add(id, 'text')}`;
