import { unitSeparator } from '../../../r4/search/index/index-values.js';
import { storedHashes } from '../indexing/stored-hashes.js';
import type { SqlSession } from '../session/sql-session.js';
import { tenant } from '../session/tenant-parameter.js';
import { keyOf, type ResourceKey } from '../writing/resource-key.js';

/**
 * Live resources that refer to another one, whoever may see them: for those who change all of them or none. Provenances and AuditEvents
 * tell of the past, and are left out.
 */
export function findReferrers(
  session: SqlSession,
  target: ResourceKey,
  codes: readonly string[],
  most: number,
): Promise<readonly ResourceKey[]> {
  const entries = codes.map((code) => `${code}${unitSeparator}${keyOf(target)}`);
  return session.rows<ResourceKey & Record<string, unknown>>({
    text:
      `SELECT type, id FROM resource WHERE tenant = ${tenant} AND type <> ALL ('{AuditEvent,Provenance}'::text[]) AND NOT deleted ` +
      `AND tok && $1::bigint[] AND val && $2::text[] ORDER BY type, id LIMIT ${most + 1}`,
    values: [storedHashes(entries), entries],
  });
}
