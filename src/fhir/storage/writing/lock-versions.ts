import type { Change } from './change.js';
import { tenant } from '../session/tenant-parameter.js';
import { tableOf } from '../partitions.js';
import type { SqlSession } from '../session/sql-session.js';
import { BindParameters } from '../session/statement.js';
import { type StoredVersion, storedVersion } from '../reading/stored-version.js';
import { groupByType, keyOf, type ResourceKey } from './resource-key.js';

/**
 * Locks the rows of the keys that exist, in key order, and returns them by key; one statement. Only the lock of a delete
 * keeps out who is about to refer to the row. What a limited access may not reach is not read: a large resource would take longer
 * than an absent one. Its body is empty here, and comes with the judgement.
 */
export async function lockVersions(
  session: SqlSession,
  keys: readonly (ResourceKey & Pick<Change, 'kind' | 'access'>)[],
): Promise<ReadonlyMap<string, StoredVersion>> {
  if (keys.length === 0) return new Map();
  const parameters = new BindParameters();
  const branches = [...groupByType(keys)].map(([type, ofType]) => {
    const ids = parameters.add(
      ofType.map(({ id }) => id),
      'text[]',
    );
    const strength = ofType.some(({ kind }) => kind === 'delete') ? 'UPDATE' : 'NO KEY UPDATE';
    const limited = ofType.filter(({ access }) => !access.unrestricted).map(({ id }) => id);
    const body =
      limited.length === 0
        ? 'r.body'
        : `CASE WHEN r.id = ANY (${parameters.add(limited, 'text[]')}) THEN '' ELSE r.body END AS body`;
    return (
      `(SELECT ${storedVersion('r', body)} FROM ${tableOf(type)} AS r WHERE r.tenant = ${tenant} ` +
      `AND r.type = ${parameters.add(type, 'text')} AND r.id = ANY (${ids}) ORDER BY r.id FOR ${strength})`
    );
  });
  const text = branches.map((branch, i) => `SELECT * FROM ${branch} AS locked_${i}`).join(' UNION ALL ');
  const rows = await session.rows<StoredVersion>({ text, values: parameters.values });
  return new Map(rows.map((row) => [keyOf(row), row]));
}
