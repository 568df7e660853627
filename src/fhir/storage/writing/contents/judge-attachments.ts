import { Refused } from '../../../../refusal/refusal.js';
import type { Within } from '../../../../scope/access.js';
import { isObject, parseJson } from '../../../../r4/json/json.js';
import { binaryReferrers } from '../../../../r4/model/patient-compartment.js';
import { binaryEntryStart } from '../../../../r4/search/index/index-binaries.js';
import type { ResourceIndexer } from '../../../../r4/search/index/resource-indexer.js';
import { type ChangeFailure, refuseFailures } from '../change.js';
import { tenant } from '../../session/tenant-parameter.js';
import { tableOf } from '../../partitions.js';
import { grantsPredicate } from '../../predicates/predicate.js';
import type { SqlSession } from '../../session/sql-session.js';
import { BindParameters } from '../../session/statement.js';
import type { PlannedContent } from '../next-version.js';

/**
 * Refuses a pointer at a Binary outside of the record that the caller is limited to: a pointer makes a Binary visible,
 * so the caller could open any Binary by naming it (ADR 9). Judged before anything is stored.
 */
export async function judgeAttachments(
  session: SqlSession,
  indexer: ResourceIndexer,
  plans: readonly PlannedContent[],
): Promise<void> {
  const made = new Set(plans.filter(({ change }) => change.type === 'Binary').map(({ change }) => change.id));
  const pointers = plans
    .filter((plan) => binaryReferrers.has(plan.change.type) && recordsOf(plan).length > 0)
    .map((plan) => ({ plan, ids: newBinaries(indexer, plan).filter((id) => !made.has(id)) }))
    .filter(({ ids }) => ids.length > 0);
  const failures: ChangeFailure[] = [];
  for (const group of byAccess(pointers)) {
    const reachable = await binariesOf(
      session,
      group[0]!.plan,
      group.flatMap(({ ids }) => ids),
    );
    for (const { plan, ids } of group) {
      const foreign = ids.find((id) => !reachable.has(id));
      if (foreign !== undefined) failures.push({ index: plan.index, error: refuse(plan, foreign) });
    }
  }
  refuseFailures(failures.toSorted((one, other) => one.index - other.index));
}

/** A version, and the Binaries that it is the first to point at. */
interface Pointer {
  readonly plan: PlannedContent;
  readonly ids: readonly string[];
}

/** One question to the database for all versions that are written under one access. */
function byAccess(pointers: readonly Pointer[]): Iterable<readonly Pointer[]> {
  const groups = new Map<string, Pointer[]>();
  for (const pointer of pointers) {
    const { fingerprint } = pointer.plan.change.access;
    const group = groups.get(fingerprint);
    if (group) group.push(pointer);
    else groups.set(fingerprint, [pointer]);
  }
  return groups.values();
}

/** Empty where some grant is not limited to a record. */
function recordsOf({ change: { access } }: PlannedContent): readonly Within[] {
  const records = access.grants.map(({ within }) => within);
  return records.every((record) => record !== undefined) ? records : [];
}

/** Binaries that this version points at and the one before did not. */
function newBinaries(indexer: ResourceIndexer, { change, next }: PlannedContent): readonly string[] {
  const named = binaryIds(indexer.index(change.resource).values);
  const previous = next.previous?.body ? parseJson(next.previous.body) : undefined;
  if (named.length === 0 || !isObject(previous)) return named;
  const known = new Set(binaryIds(indexer.index(previous).values));
  return named.filter((id) => !known.has(id));
}

const binaryIds = (values: readonly string[]): readonly string[] =>
  values.filter((entry) => entry.startsWith(binaryEntryStart)).map((entry) => entry.slice(binaryEntryStart.length));

/** Returns the Binaries of the record that the caller may know (ADR 43). */
async function binariesOf(
  session: SqlSession,
  plan: PlannedContent,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const known = plan.change.access.grantsToKnow('Binary');
  if (known.length === 0) return new Set();
  const parameters = new BindParameters();
  const named = parameters.add(ids, 'text[]');
  const grants = recordsOf(plan).map((record) => ({
    within: { ...record, membership: 'binary-referrer' as const },
    where: [],
  }));
  const text =
    `SELECT r.id FROM ${tableOf('Binary')} AS r WHERE r.tenant = ${tenant} AND r.type = 'Binary' ` +
    `AND r.id = ANY (${named}) AND NOT r.deleted AND ${grantsPredicate(grants, 'r', parameters)} ` +
    `AND ${grantsPredicate(known, 'r', parameters)}`;
  const rows = await session.rows<{ id: string }>({ text, values: parameters.values });
  return new Set(rows.map(({ id }) => id));
}

const refuse = ({ change }: PlannedContent, binary: string): Refused =>
  new Refused([
    {
      code: 'write-outside-compartment',
      fact: `The ${change.type} as written points at Binary/${binary}, which is not known to belong to the record of the token.`,
      cure: 'Point only at Binaries of this record that the token may read: create the Binary in the same transaction, or first with securityContext set to the patient, and request a scope that reads it, such as patient/Binary.r.',
    },
  ]);
