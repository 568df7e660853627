import type { Access } from '../../../scope/access.js';
import { grantsKey } from '../../../scope/grant.js';
import type { Criterion } from '../../../r4/search/query/criterion.js';
import { allOf } from '../predicates/conditions.js';
import { criteriaPredicate } from '../predicates/criterion-predicate.js';
import { impliedDates } from '../predicates/filters/date-bounds.js';
import { accessPredicate, type PredicateOptions, reachPredicate } from '../predicates/predicate.js';
import { tenant } from '../session/tenant-parameter.js';
import { hasOwnTable, tableOf, wholeRows } from '../partitions.js';
import type { SearchOrder } from './search-order.js';
import { isOfRecord, isSelective, looksAtFew } from './selectivity.js';
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
  /** A criterion, or a rule of the access, that the rows are known to satisfy. Then few rows are looked at. */
  readonly satisfied?: Criterion;
  /**
   * The row source `r` that all matches are of, live: few rows (`foundRows`). What is asked of them needs no index.
   */
  readonly source?: string;
  /** The column that names one type at a time, where each is walked alone. */
  readonly typeOfWalk?: string;
}

/** Context of the compilation of a page. */
export interface PageCompiler {
  readonly order: SearchOrder;
  readonly limit: string;
  readonly parameters: BindParameters;
  readonly accessTo: AccessTo;
  readonly linkCodes: readonly string[];
  /** Rows come with their entries alone. */
  readonly withoutContent: boolean;
}

export function groupTargets(targets: readonly SearchTarget[], accessTo: AccessTo): readonly SearchGroup[] {
  const [only, ...others] = targets;
  if (only && others.length === 0) return [{ ...only, types: [only.access.type] }];
  const groups = new Map<string, { readonly target: SearchTarget; readonly types: string[] }>();
  const judgements = new Map<string, string>();
  for (const target of targets) {
    const key = judgementKey(target, accessTo, judgements);
    const group = groups.get(key);
    if (group) group.types.push(target.access.type);
    else groups.set(key, { target, types: [target.access.type] });
  }
  return [...groups.values()].map(({ target, types }) => ({ ...target, types }));
}

/** The SQL that rows are judged by, with its values. It follows from the grants where nothing is asked for: made once for each of them. */
function judgementKey(target: SearchTarget, accessTo: AccessTo, made: Map<string, string>): string {
  const ofGrants = target.criteria.length === 0 ? grantsKey(target.access.grants) : undefined;
  const known = ofGrants === undefined ? undefined : made.get(ofGrants);
  if (known !== undefined) return known;
  const parameters = new BindParameters();
  const key = JSON.stringify([judge(target, parameters, accessTo), parameters.values]);
  if (ofGrants !== undefined) made.set(ofGrants, key);
  return key;
}

/** Selects from the rows of a group that match, `columns` of `r`. */
export function selectMatches(
  group: SearchGroup,
  columns: string,
  { parameters, accessTo }: { readonly parameters: BindParameters; readonly accessTo: AccessTo },
  position: readonly string[] = [],
): string {
  const { types, source } = group;
  const conditions = [
    ...(source === undefined ? live(group, parameters) : ofSource(group, parameters)),
    judge(group, parameters, accessTo),
    ...position,
  ].filter((one) => one !== 'true');
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  return `SELECT ${columns} FROM ${source ?? `${tableOfAll(types)} AS r`}${where}`;
}

const live = (group: SearchGroup, parameters: BindParameters): readonly string[] => [
  `r.tenant = ${tenant}`,
  isOfType(group, parameters),
  'NOT r.deleted',
];

/** A source tells all but the type, of which most tables have one only. */
const ofSource = (group: SearchGroup, parameters: BindParameters): readonly string[] =>
  group.types.every(hasOwnTable) ? [] : [isOfType(group, parameters)];

function isOfType({ types, typeOfWalk }: SearchGroup, parameters: BindParameters): string {
  if (typeOfWalk !== undefined) return `r.type = ${typeOfWalk}`;
  return types.length === 1
    ? `r.type = ${parameters.add(types[0]!, 'text')}`
    : `r.type = ANY (${parameters.add(types, 'text[]')})`;
}

/** Returns the condition of the criteria, and of the caller's access (docs/adr/0004). */
function judge(
  {
    access,
    criteria,
    satisfied,
    types,
    source,
  }: Pick<SearchGroup, 'access' | 'criteria' | 'satisfied'> & Partial<SearchGroup>,
  parameters: BindParameters,
  accessTo: AccessTo,
): string {
  const asked = { access, criteria };
  const ofRecord = isOfRecord(access);
  const judged: PredicateOptions = {
    linksFrom: looksAtFew(asked) || satisfied ? 'rows' : 'far-ends',
    ...(satisfied && { satisfied }),
  };
  return allOf(
    [
      criteriaPredicate(criteria, 'r', {
        parameters,
        reach: reachPredicate(accessTo, parameters),
        leadingCodesOf: types?.length === 1 && source === undefined && !isSelective(asked) ? types[0] : undefined,
        linksFrom: ofRecord ? 'rows' : 'far-ends',
        isOfRecord: ofRecord,
      }),
      accessPredicate(access, 'r', parameters, judged),
    ].filter((condition) => condition !== 'true'),
  );
}

/** Conditions on the sort date; none where few rows are looked at anyway: they would only cost the planner. */
export const datesOf = (group: SearchGroup, parameters: BindParameters): readonly string[] =>
  isSelective(group) || group.source !== undefined ? [] : impliedDates(group.types, group.criteria, 'r', parameters);

/** The rows of the partition that has all of the types, or of the whole table. */
export function tableOfAll(types: readonly string[]): string {
  const [table, ...others] = new Set(types.map(tableOf));
  return wholeRows(table !== undefined && others.length === 0 ? table : 'resource', types);
}
