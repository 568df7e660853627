import { withRecord } from '../audit/append-records.js';
import { AuditedWrites } from '../audit/audited-writes.js';
import type { SearchDefinitions } from '../indexing/search-definitions.js';
import type { SqlSession } from '../session/sql-session.js';
import type { Change, Written } from './change.js';
import type { ResourceRows } from './resource-row.js';
import { writeChanges } from './write-changes.js';

/** A create that needs nothing judged: one statement, with its record, which is a transaction of its own. */
export async function writeAtOnce(
  session: SqlSession,
  rows: ResourceRows,
  change: Change,
  definitions: SearchDefinitions,
): Promise<readonly Written[]> {
  const audited = new AuditedWrites();
  audited.note(change.access.trail, [{ ...change, versionId: 1 }]);
  const [entry] = audited.entries();
  const own = session.for(change.access.askedBy);
  const recording = entry === undefined ? own : own.with((one) => withRecord(one, entry));
  const written = await writeChanges(recording, rows, [change], definitions);
  audited.committed();
  return written;
}
