import { withRecord } from '../../audit/append-records.js';
import { AuditedWrites } from '../../audit/audited-writes.js';
import type { SearchDefinitions } from '../../indexing/search-definitions.js';
import type { SqlSession } from '../../session/sql-session.js';
import { loneChange } from '../../accesses.js';
import { growthOf, noGrowth } from '../../limits/growth.js';
import type { StorageUsage } from '../../limits/storage-usage.js';
import type { Change, Create, Written } from '../change.js';
import type { Guesses } from '../guesses.js';
import { replaceAtOnce } from './replace-at-once.js';
import type { ResourceRows } from '../resource-row.js';
import { tellsNoneDenies } from './row-statements.js';
import { writeChanges } from '../write-changes.js';

interface AloneParts {
  readonly session: SqlSession;
  readonly rows: ResourceRows;
  readonly definitions: SearchDefinitions;
  readonly usage: StorageUsage;
  readonly guesses: Guesses;
  /** Listeners to versions within the transaction that stores them. */
  readonly told: readonly ({ isFor(type: string): boolean } | undefined)[];
}

/**
 * A change that stands alone, without a transaction around it. Undefined where it takes one (docs/adr/0093): nothing is stored then.
 */
export async function writeAtOnce(
  { session, rows, definitions, usage, told, guesses }: AloneParts,
  changes: readonly Change[],
): Promise<readonly Written[] | undefined> {
  const change = loneChange(changes);
  if (!change || rows.indexer.readsReferences) return undefined;
  if (told.some((one) => one?.isFor(change.type))) return undefined;
  const own = session.for(change.access.askedBy);
  if (change.kind !== 'create' && (await own.isOnCitus())) return undefined;
  const written = await usage.during((reserve) => {
    const reserving = rows.telling((made, isStored) => reserve(growthOf(changes, [made]), isStored));
    return definitions.whileCurrent(async () => {
      if (change.kind === 'create') return createAtOnce(own, reserving, change, definitions);
      const replaced = await replaceAtOnce(own, reserving, change, guesses);
      if (!replaced) reserve(noGrowth);
      return replaced;
    });
  });
  return written && [written];
}

/** A create that needs nothing judged: one statement, with its record, which is a transaction of its own. */
async function createAtOnce(
  own: SqlSession,
  rows: ResourceRows,
  change: Create,
  definitions: SearchDefinitions,
): Promise<Written> {
  const audited = new AuditedWrites();
  audited.note(change.access.trail, [{ ...change, versionId: 1 }]);
  const [entry] = audited.entries();
  // Citus permits no look at another table there.
  const told = (await own.isOnCitus()) ? '' : ` RETURNING ${tellsNoneDenies}`;
  let noneDenies = false;
  const recording = own.with(
    (one) => withRecord({ ...one, text: one.text + told }, entry),
    ([stored]) => (noneDenies = stored?.['noneDenies'] === true),
  );
  const [written] = await writeChanges(recording, rows, [change], definitions);
  audited.committed();
  return { ...written!, noneDenies };
}
