import type { Access } from '../../../scope/access.js';
import type { HistoryRequest } from '../../../r4/search/query/history-request.js';
import { tenant } from '../session/tenant-parameter.js';
import { historyTableOf, wholeRowsOf } from '../partitions.js';
import { BindParameters, type Statement } from '../session/statement.js';
import { storedVersion } from './stored-version.js';
import { VersionConditions, versionColumns, walkOf } from './version-conditions.js';

/**
 * One page of the versions of one resource, and the row that tells whether another follows. Versions are numbered in
 * the order of their time, so the page is walked along the primary key. `isCounted`: the caller may see them all, and is told how many there are.
 */
export function instanceHistoryStatement(
  { access, isCounted }: { readonly access: Access<'r'>; readonly isCounted: boolean },
  id: string,
  request: HistoryRequest,
): Statement {
  const parameters = new BindParameters();
  const [type, key] = [parameters.add(access.type, 'text'), parameters.add(id, 'text')];
  const isResource = (row: string): string => `${row}.type = ${type} AND ${row}.id = ${key}`;
  const tables = { current: wholeRowsOf(access.type), superseded: historyTableOf(access.type) };
  const conditions = new VersionConditions(access, { ...tables, sameResource: isResource }, request, parameters);
  const { direction, ahead, from } = walkOf(request);
  const position = from ? ` AND version ${ahead} ${parameters.add(from.versionId, 'integer')}` : '';
  const order = `ORDER BY version ${direction} LIMIT ${parameters.add(request.count + 1, 'integer')}`;
  const select = (row: string, table: string, chosen: readonly string[]): string =>
    `(SELECT ${versionColumns(row)} FROM ${table} AS ${row} WHERE ${row}.tenant = ${tenant} AND ${isResource(row)} ` +
    `AND ${chosen.join(' AND ')}${position} ${order})`;
  const page =
    `${select('r', tables.current, conditions.current('r'))} UNION ALL ` +
    `${select('h', tables.superseded, conditions.superseded('h'))} ${order}`;
  const total =
    isCounted && isWhole(request)
      ? `(SELECT r.version FROM ${tables.current} AS r WHERE r.tenant = ${tenant} AND ${isResource('r')})`
      : 'NULL';
  return {
    text:
      `SELECT ${storedVersion('v')}, ${conditions.revived('v')} AS revived, ${total} AS total ` +
      `FROM (${page}) AS v ORDER BY v.version ${direction}`,
    values: parameters.values,
  };
}

/** True if every version is asked for: their number is that of the last. Other totals would take counting. */
const isWhole = ({ since, at }: HistoryRequest): boolean => since === undefined && at === undefined;
