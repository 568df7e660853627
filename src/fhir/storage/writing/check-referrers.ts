import { referenceEntry } from '../../../r4/search/index/index-references.js';
import { hashToken } from '../../../r4/search/index/token-hash.js';
import { refuseFailures } from './change.js';
import { tenant } from '../../../database/tenant.js';
import type { SqlSession } from '../session/sql-session.js';
import { BindParameters, type Statement } from '../session/statement.js';
import type { PlannedChange } from './planned-change.js';
import { StillReferenced } from './reference-errors.js';

/** Setting REFERENTIAL_INTEGRITY: nothing that is left refers to what was deleted. One statement. */
export async function checkReferrers(session: SqlSession, plans: readonly PlannedChange[]): Promise<void> {
  const deletes = plans.filter(({ change }) => change.kind === 'delete');
  if (deletes.length === 0) return;
  const entries = deletes.map(({ change }) => referenceEntry(change));
  const rows = await session.rows<{ entry: string }>(referredStatement(entries));
  const referred = new Set(rows.map(({ entry }) => entry));
  const refused = deletes.filter((_plan, i) => referred.has(entries[i]!));
  refuseFailures(refused.map(({ index, change: { type, id } }) => ({ index, error: new StillReferenced(type, id) })));
}

/**
 * Selects the entries that a live row of any type holds. A plain EXISTS would be planned for a quick hit and read
 * whole tables where there is none; a materialized query is planned in full, by index, and still stops at the first
 * row. An AuditEvent tells of the past; it holds nothing back.
 */
function referredStatement(entries: readonly string[]): Statement {
  const parameters = new BindParameters();
  const sought = parameters.add(entries, 'text[]');
  const hashes = parameters.add(entries.map(hashToken), 'bigint[]');
  const text =
    `SELECT gone.entry FROM unnest(${sought}, ${hashes}) AS gone (entry, hash) WHERE EXISTS (` +
    `WITH referrer AS MATERIALIZED (SELECT FROM resource AS r WHERE r.tenant = ${tenant} AND r.type <> 'AuditEvent' AND NOT r.deleted ` +
    `AND r.tok @> ARRAY[gone.hash] AND r.val @> ARRAY[gone.entry]) SELECT FROM referrer)`;
  return { text, values: parameters.values };
}
