import { historyTableOf, wholeRowsOf } from '../partitions.js';
import { tenant } from '../session/tenant-parameter.js';

/**
 * Versions of a type, which `$3` names, as they are stored: `wanted` has the columns `id`, `version` and `place`. Those that were erased are
 * missing.
 */
export const bodiesOf = (wanted: string, type: string): string =>
  `SELECT wanted.id, wanted.version, coalesce(r.body, h.body) AS body, coalesce(r.compartments, h.compartments) AS patients ` +
  `FROM ${wanted} LEFT JOIN ${wholeRowsOf(type)} AS r ON ${isWanted('r')} ${superseded(type)} WHERE coalesce(r.body, h.body) <> ''`;

/** OFFSET keeps the history from being looked at for versions that are current. */
function superseded(type: string): string {
  const found = `SELECT old.body, old.compartments FROM ${historyTableOf(type)} AS old WHERE r.id IS NULL AND ${isWanted('old')} OFFSET 0`;
  return `LEFT JOIN LATERAL (${found}) AS h ON true`;
}

function isWanted(row: string): string {
  return `${row}.tenant = ${tenant} AND ${row}.type = $3::text AND ${row}.id = wanted.id AND ${row}.version = wanted.version`;
}
