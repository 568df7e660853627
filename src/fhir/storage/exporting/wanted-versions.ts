import { historyTableOf, tableOf } from '../partitions.js';
import { tenant } from '../session/tenant-parameter.js';

/**
 * Versions of a type, which `$3` names, as they are stored: `wanted` has the columns `id`, `version` and `place`. Those that were erased are
 * missing.
 */
export const bodiesOf = (wanted: string, type: string): string =>
  `SELECT wanted.id, wanted.version, coalesce(r.body, h.body) AS body, coalesce(r.compartments, h.compartments) AS patients ` +
  `FROM ${wanted} ${stored('r', tableOf(type))} ${stored('h', historyTableOf(type))} WHERE coalesce(r.body, h.body) <> ''`;

const stored = (alias: string, table: string): string =>
  `LEFT JOIN ${table} AS ${alias} ON ${alias}.tenant = ${tenant} AND ${alias}.type = $3::text ` +
  `AND ${alias}.id = wanted.id AND ${alias}.version = wanted.version`;
