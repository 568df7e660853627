import { type Criterion, typesOf } from '../../../r4/search/query/criterion.js';
import type { Filter } from '../../../r4/search/query/filter.js';
import type { Access } from '../../../scope/access.js';
import type { Grant } from '../../../scope/grant.js';
import { wholeRowsOf } from '../partitions.js';
import { hashesOf } from '../predicates/filters/hashed-predicate.js';
import { filterPredicate } from '../predicates/filters/filter-predicate.js';
import { readsRowAlone } from '../predicates/row-alone.js';
import { selectsFew } from '../predicates/selects-few.js';
import type { BindParameters } from '../session/statement.js';
import { tenant } from '../session/tenant-parameter.js';
import { onlyPatient, ownersOfSeveral, patientIndexes } from './indexed-orders.js';

/** Rows of a type that are judged one by one, without a look at others. */
interface JudgedAlone {
  readonly types: readonly string[];
  readonly access: Access;
  readonly criteria: readonly Criterion[];
}

/** True if the rows are of one type, and nothing but themselves is looked at to judge them. */
export const areJudgedAlone = ({ types, access, criteria }: JudgedAlone): boolean =>
  types.length === 1 && (access.unrestricted || readsRowAlone(access.grants)) && typesOf(criteria).size === 0;

/**
 * The row source `r` of live rows that satisfy the condition, in the order, as a statement of {@link Statement.isPlannedOnce} reads it.
 * `OFFSET 0` keeps all else that is asked out of it: one index serves the condition, whatever the others are. The type is no part of it: of a table
 * that was never analysed PostgreSQL expects so few rows of one that it would take the first index that begins with it, and read all rows.
 */
export const sourceOf = (type: string, conditions: readonly string[], order = ''): string =>
  `(SELECT * FROM ${wholeRowsOf(type)} AS r WHERE r.tenant = ${tenant} AND NOT r.deleted ` +
  `AND ${conditions.join(' AND ')} ${order} OFFSET 0) AS r`;

/**
 * The row source of the few rows that ids, identifiers or a patient asked for lead to, or those of the one record within reach; all rows that match
 * are among them. Undefined where no look into an index finds them.
 */
export function foundRows(group: JudgedAlone, parameters: BindParameters): string | undefined {
  const { types, criteria, access } = group;
  if (!areJudgedAlone(group)) return undefined;
  const [type = ''] = types;
  const conditions = ofIds(type, criteria, parameters) ?? ofHashes(criteria, parameters);
  return conditions ? sourceOf(type, conditions) : ofRecord(type, access.grants, parameters);
}

/**
 * The rows of the one record within reach; where a type has them, by the indexes patient by patient. That of all compartments finds rows of other
 * tenants under the id as well.
 */
function ofRecord(type: string, grants: readonly Grant[], parameters: BindParameters): string | undefined {
  const [id, ...others] = new Set(grants.map(({ within }) => within?.owner.id));
  if (id === undefined || others.length > 0) return undefined;
  const owners = parameters.add([`Patient/${id}`], 'text[]');
  if (!patientIndexes.has(type)) return sourceOf(type, twice(`r.compartments && ${owners}`));
  const ofOne = sourceOf(type, [`${onlyPatient('r')} = ${parameters.add(id, 'text')}`]);
  return `(SELECT r.* FROM ${ofOne} UNION ALL SELECT r.* FROM ${ofSeveral(type, owners)}) AS r`;
}

/** The row source of live rows that are in the records of several patients, some of them among the owners (`text[]`). */
export function ofSeveral(type: string, owners: string): string {
  return sourceOf(type, ['r.compartments[2] IS NOT NULL', ...twice(`${ownersOfSeveral('r')} && ${owners}`)]);
}

const filtersOf = (criteria: readonly Criterion[]): readonly Filter[] =>
  criteria.flatMap((criterion) => (criterion.kind === 'filter' ? [criterion.filter] : []));

/** The primary key has the type before the id. */
function ofIds(
  type: string,
  criteria: readonly Criterion[],
  parameters: BindParameters,
): readonly string[] | undefined {
  const ids = filtersOf(criteria.filter(selectsFew)).find(({ parameter }) => parameter.code === '_id');
  return ids && [`r.type = ${parameters.add(type, 'text')}`, filterPredicate(ids, 'r', parameters)];
}

/** Hashes of all that has one value, codes beside the patient, are looked for at once: the index compares its lists of rows. */
function ofHashes(criteria: readonly Criterion[], parameters: BindParameters): readonly string[] | undefined {
  const sole = criteria.filter((criterion) => hashesOfCriterion(criterion)?.length === 1);
  if (sole.some(selectsFew)) {
    const all = sole.flatMap((one) => hashesOfCriterion(one) ?? []);
    const kinds = criteria.flatMap(hashesOfKinds).map((some) => `r.tok && ${parameters.add(some, 'bigint[]')}`);
    return [...looksFor('@>', all, parameters), ...kinds];
  }
  const [few] = criteria.filter(selectsFew).flatMap((criterion) => {
    const hashes = hashesOfCriterion(criterion);
    return hashes ? [hashes] : [];
  });
  return few && looksFor('&&', few, parameters);
}

const hashesOfCriterion = (criterion: Criterion): readonly string[] | undefined =>
  criterion.kind === 'filter' ? hashesOf(criterion.filter) : undefined;

/** Of one value that kinds of AuditEvents have. */
function hashesOfKinds(criterion: Criterion): readonly (readonly string[])[] {
  const hashes = hashesOfCriterion(criterion);
  const isOfKinds = criterion.kind === 'filter' && criterion.filter.values.length === 1 && hashes && hashes.length > 1;
  return isOfKinds ? [hashes] : [];
}

/** The condition on hashes that are not known when it is planned. */
export function looksFor(
  operator: '@>' | '&&',
  hashes: readonly string[],
  parameters: BindParameters,
): readonly string[] {
  return twice(`r.tok ${operator} ${parameters.add(hashes, 'bigint[]')}`);
}

/**
 * A condition on an array. For values that it does not know PostgreSQL takes one row in 200 for a match, which are many of a large table; said twice,
 * one in 40,000. The index looks once.
 */
const twice = (condition: string): readonly string[] => [condition, condition];
