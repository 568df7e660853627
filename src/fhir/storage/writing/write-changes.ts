import { FhirError } from '../../../r4/errors/fhir-error.js';
import { type Change, type ChangeFailure, type Delete, refuseFailures, type Written } from './change.js';
import { someConsentDenies, storeConsents } from '../consent/store-consents.js';
import type { DefinedChange } from '../indexing/register-parameters.js';
import type { SearchDefinitions } from '../indexing/search-definitions.js';
import { refusePackaged } from '../packages/refuse-packaged.js';
import { LostRace } from '../session/database-failure.js';
import type { SqlSession } from '../session/sql-session.js';
import type { StoredVersion } from '../reading/stored-version.js';
import { applyEdits } from './apply-edits.js';
import { checkReferences, checkReferrers } from './checks/check-references.js';
import { carryContent, linkContent } from './contents/external-content.js';
import { guardConsents } from '../consent/guard-consents.js';
import { judgeAttachments } from './contents/judge-attachments.js';
import { judgeBodies, judgeRows } from './checks/judge-rows.js';
import { lockVersions } from './lock-versions.js';
import {
  type NextVersion,
  nextVersion,
  type PlannedChange,
  type PlannedContent,
  type Unchanged,
} from './next-version.js';
import { refuseContent } from './contents/refuse-content.js';
import { refuseMasked } from './checks/refuse-masked.js';
import { keyOf } from './resource-key.js';
import type { ResourceRows } from './resource-row.js';
import { archiveStatement, buryStatement } from './statements/row-statements.js';
import { storeContent } from './contents/store-content.js';
import { unreadKeys, withoutUnread } from './unread-versions.js';

/** Writes all changes or none, within the transaction of `session`: about ten statements, however many changes. */
export async function writeChanges(
  session: SqlSession,
  rows: ResourceRows,
  changes: readonly Change[],
  definitions: SearchDefinitions,
): Promise<readonly Written[]> {
  const results = new Map<number, Written>();
  await guardConsents(session, changes);
  const plans = await planChanges(session, changes, { results, now: rows.stamps.now() });
  await refusePackaged(session, plans);
  try {
    await writePlans(session, rows, { plans, results }, definitions);
  } catch (error) {
    throw withoutUnread(error, plans);
  }
  return changes.map((_change, index) => results.get(index)!);
}

interface Plans {
  readonly plans: readonly PlannedChange[];
  readonly results: Map<number, Written>;
}

async function writePlans(
  session: SqlSession,
  rows: ResourceRows,
  { plans, results }: Plans,
  definitions: SearchDefinitions,
): Promise<void> {
  const content = await carryContent(session, await applyEdits(plans));
  await judgeAttachments(session, rows.indexer, content);
  await bury(session, plans, results);
  await storeContent(session, rows, content, results);
  await linkContent(session, content, results);
  await judgeContent(session, content);
  await storeConsents(session, rows.indexer.settings, definedBy(plans, content), results);
  // References of a package lead into it or elsewhere, and its installer says which search parameters count.
  const sent = plans.filter(({ change }) => !isOfPackage(change));
  if (rows.indexer.readsReferences) {
    const sentContent = content
      .filter(({ change }) => !isOfPackage(change))
      .map(({ index, change }) => ({ index, change, versionId: results.get(index)!.versionId }));
    await checkReferences(session, rows.indexer, sentContent);
    await checkReferrers(session, sent.filter(isDeletion));
  }
  await definitions.register(session, definedBy(sent, content));
}

const isOfPackage = (change: Change): boolean => 'ofPackage' in change;

const isDeletion = (plan: PlannedChange): plan is PlannedChange<Delete> => plan.change.kind === 'delete';

/** Returns the stored and deleted resources, for Consents and definitions. */
function definedBy(plans: readonly PlannedChange[], content: readonly PlannedContent[]): readonly DefinedChange[] {
  const made = new Map(content.map(({ index, change }) => [index, change.resource]));
  return plans.map(({ index, change: { access, type, id } }) => {
    const resource = made.get(index);
    return { index, access, type, id, ...(resource && { resource }) };
  });
}

/** Locks what is there, judges it under the predicate and decides each next version. */
async function planChanges(
  session: SqlSession,
  changes: readonly Change[],
  { results, now }: { readonly results: Map<number, Written>; readonly now: number },
): Promise<readonly PlannedChange[]> {
  const addressed = changes.filter(({ kind }) => kind !== 'create');
  const locked = await lockVersions(session, addressed);
  // All are judged, and asked for what may be made, there or not: a statement more or less would tell absent from hidden.
  const visible = new Map([...(await reachable(session, addressed))].filter(([key]) => locked.has(key)));
  const current = new Map([...locked].map(([key, row]) => [key, { ...row, body: visible.get(key) ?? row.body }]));
  const unread = await unreadKeys(
    session,
    changes.filter((change) => visible.has(keyOf(change))),
  );
  const free = await toldAbsent(
    session,
    changes.filter((change) => !visible.has(keyOf(change))),
  );
  const absent = new Set([...free].filter((change) => !current.has(keyOf(change))));
  const plans: PlannedChange[] = [];
  const failures: ChangeFailure[] = [];
  for (const [index, change] of changes.entries()) {
    const key = keyOf(change);
    const isVisible = visible.has(key);
    const tells = !unread.has(key);
    const standing = { current: current.get(key), isVisible, isReadable: tells, mayBeAbsent: absent.has(change) };
    const next = decideNext(change, standing, now);
    if (next instanceof FhirError) failures.push({ index, error: next });
    else if ('unchanged' in next)
      results.set(index, { ...next.unchanged, unchanged: true, created: false, remarks: [] });
    else plans.push({ index, change, next, tells });
  }
  refuseFailures(failures);
  return plans;
}

/** The stored row that a change is about. */
export interface Standing {
  readonly current: StoredVersion | undefined;
  /** True if the row is within reach of the change. */
  readonly isVisible: boolean;
  /** True if the caller may be told of its content. */
  readonly isReadable: boolean;
  /** True if the change may make a row where there is none, or be told that there is none. */
  readonly mayBeAbsent: boolean;
}

/** Decides the next version of one row, whether it is locked or only seen. Throws {@link LostRace}. */
export function decideNext(
  change: Change,
  { current, isVisible, isReadable, mayBeAbsent }: Standing,
  now: number,
): NextVersion | Unchanged | FhirError {
  requireMatched(change, current);
  return (
    (isVisible && maskedOf(change, current, isReadable)) || nextVersion(change, current, isVisible || mayBeAbsent, now)
  );
}

/** Refuses to change a version within reach that the caller is not shown in full; creating and deleting stay. */
const maskedOf = (change: Change, current: StoredVersion | undefined, isReadable: boolean): FhirError | undefined =>
  current && (change.kind === 'update' || change.kind === 'edit')
    ? refuseMasked(change.access, current, isReadable)
    : undefined;

/** A condition may no longer hold for what was written since it was resolved. */
function requireMatched(change: Change, current: StoredVersion | undefined): void {
  if (change.kind === 'create' || !change.matched) return;
  if (change.matched.versionId !== current?.versionId) throw new LostRace();
}

/**
 * Changes that may be answered as what they are where there is no row: updates, which make it (ADR 44), and deletes (ADR 190). Not those of a
 * caller limited to some rows, so that ids cannot be probed, and of one from whom Consents may withhold rows not as long as there are such Consents.
 */
async function toldAbsent(session: SqlSession, changes: readonly Change[]): Promise<ReadonlySet<Change>> {
  const open = changes.filter((change) => isToldAbsent(change) !== false);
  const free = open.filter(isToldAbsent);
  return new Set(free.length === open.length || (await someConsentDenies(session)) ? free : open);
}

/** Undefined: only while no Consent denies anything. */
function isToldAbsent({ kind, access }: Change): boolean | undefined {
  if (kind === 'update') return access.makesOwnIds;
  return kind === 'delete' && access.deletesAbsent;
}

/** The rows that are within reach of every access of their change, with their bodies where the lock has left them out. */
async function reachable(
  session: SqlSession,
  changes: readonly Change[],
): Promise<ReadonlyMap<string, string | undefined>> {
  const visible = await judgeBodies(session, changes);
  const further = changes.flatMap((change) => {
    const access = change.kind === 'edit' ? change.alsoWithin : undefined;
    return access ? [{ type: change.type, id: change.id, access }] : [];
  });
  if (further.length === 0) return visible;
  const alsoVisible = await judgeRows(session, further);
  const hidden = new Set(further.map(keyOf).filter((key) => !alsoVisible.has(key)));
  return new Map([...visible].filter(([key]) => !hidden.has(key)));
}

async function bury(
  session: SqlSession,
  plans: readonly PlannedChange[],
  results: Map<number, Written>,
): Promise<void> {
  const deletes = plans.filter(isDeletion);
  if (deletes.length === 0) return;
  const tombstones = deletes.map(({ index, change: { type, id }, next: { versionId, lastUpdated } }) => {
    const tombstone = { type, id, versionId, lastUpdated, deleted: true, body: '', method: 'DELETE' as const };
    results.set(index, { ...tombstone, created: false, remarks: [] });
    return tombstone;
  });
  await session.count(archiveStatement(tombstones));
  await session.count(buryStatement(tombstones));
}

/** Reads what was written back under the predicate: whatever is not there was not the caller's to write. */
async function judgeContent(session: SqlSession, plans: readonly PlannedContent[]): Promise<void> {
  const visible = await judgeRows(
    session,
    plans.map(({ change: { type, id, access } }) => ({ type, id, access: access.ofContent })),
    { written: plans.map(({ change }) => keyOf(change)) },
  );
  const refused = plans.filter(({ change }) => !visible.has(keyOf(change)));
  refuseFailures(refused.map(({ index, change }) => ({ index, error: refuseContent(change) })));
}
