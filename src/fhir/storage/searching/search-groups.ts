import type { Access } from '../../../scope/access.js';
import type { Criterion } from '../../../r4/search/query/criterion.js';
import { allOf } from '../predicates/conditions.js';
import { criteriaPredicate } from '../predicates/criterion-predicate.js';
import { accessPredicate, commonRules, reachPredicate } from '../predicates/predicate.js';
import { tenant } from '../../../database/tenant.js';
import { tableOf } from '../partitions.js';
import { selectsFew } from '../predicates/selects-few.js';
import { BindParameters } from '../session/statement.js';

export type AccessTo = (type: string) => Access<'s'>;

/** A type that is searched: within which reach, and for which rows. */
export interface SearchTarget {
  readonly access: Access<'s'>;
  readonly criteria: readonly Criterion[];
}

/** Types whose rows are judged by the same SQL. */
export interface SearchGroup extends SearchTarget {
  readonly types: readonly string[];
  /** A criterion, or a rule of the access, that the rows satisfy anyway. Then few rows are looked at. */
  readonly settled?: Criterion;
  /** The column that names one type at a time, where each is walked alone. */
  readonly typeOfWalk?: string;
}

export function groupTargets(targets: readonly SearchTarget[], accessTo: AccessTo): readonly SearchGroup[] {
  const groups = new Map<string, SearchGroup>();
  for (const target of targets) {
    const parameters = new BindParameters();
    const judgement = targets.length > 1 ? judge(target, parameters, accessTo) : '';
    const key = JSON.stringify([judgement, parameters.values]);
    groups.set(key, { ...target, types: [...(groups.get(key)?.types ?? []), target.access.type] });
  }
  return [...groups.values()];
}

/** Selects from the rows of a group that match, `columns` of `r`. */
export function selectMatches(
  group: SearchGroup,
  columns: string,
  { parameters, accessTo }: { readonly parameters: BindParameters; readonly accessTo: AccessTo },
  position: readonly string[] = [],
): string {
  const { types } = group;
  const conditions = [
    `r.tenant = ${tenant}`,
    isOfType(group, parameters),
    'NOT r.deleted',
    judge(group, parameters, accessTo),
    ...position,
  ].filter((condition) => condition !== 'true');
  return `SELECT ${columns} FROM ${tableOfAll(types)} AS r WHERE ${conditions.join(' AND ')}`;
}

function isOfType({ types, typeOfWalk }: SearchGroup, parameters: BindParameters): string {
  if (typeOfWalk !== undefined) return `r.type = ${typeOfWalk}`;
  return types.length === 1
    ? `r.type = ${parameters.add(types[0]!, 'text')}`
    : `r.type = ANY (${parameters.add(types, 'text[]')})`;
}

/** Returns the condition of the criteria, and of the caller's access (docs/adr/0004). */
function judge(
  { access, criteria, settled, types }: Pick<SearchGroup, 'access' | 'criteria' | 'settled'> & Partial<SearchGroup>,
  parameters: BindParameters,
  accessTo: AccessTo,
): string {
  const isBound = isOfRecord(access);
  const isOfFew =
    isBound || settled !== undefined || [...criteria, ...(commonRules(access.grants) ?? [])].some(selectsFew);
  const ofMany = types?.length === 1 && !isSelective({ access, criteria }) ? types[0] : undefined;
  const judged = { ofAllRows: !isOfFew, ...(settled && { settled }) };
  return allOf(
    [
      criteriaPredicate(criteria, 'r', {
        parameters,
        reach: reachPredicate(accessTo, parameters),
        ofMany,
        isBound,
        isOfRecord: isBound,
      }),
      accessPredicate(access, 'r', parameters, judged),
    ].filter((condition) => condition !== 'true'),
  );
}

/** The partition that has all of the types, or the whole table. */
export function tableOfAll(types: readonly string[]): string {
  const [table, ...others] = new Set(types.map(tableOf));
  return table !== undefined && others.length === 0 ? table : 'resource';
}

/** Ids, identifiers, the record of one patient and what chains lead to match few rows of a partition. */
export const isSelective = ({ access, criteria }: SearchTarget): boolean =>
  isOfRecord(access) ||
  criteria.some(selectsFew) ||
  criteria.some(isLinked) ||
  (commonRules(access.grants) ?? []).some((rule) => selectsFew(rule) || isLinked(rule));

/** True if every row that satisfies the criterion is one that references lead to. */
function isLinked(criterion: Criterion): boolean {
  if (criterion.kind === 'any') return criterion.of.every(isLinked);
  if (criterion.kind === 'all') return criterion.of.some(isLinked);
  return criterion.kind === 'chain' || criterion.kind === 'has' || criterion.kind === 'hierarchy';
}

/** True if only one record is within reach. */
export const isOfRecord = (access: Access): boolean =>
  access.grants.every(({ within, only }) => within?.membership === 'compartment' || only !== undefined);
