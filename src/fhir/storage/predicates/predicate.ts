import type { Access, Grant } from '../../../scope/access.js';
import { joinAlternatives, rulesOf, type Withheld, withoutWithheld } from '../../../scope/grant.js';
import type { Criterion } from '../../../r4/search/query/criterion.js';
import { allOf, anyOf } from './conditions.js';
import { withheldPredicate } from '../consent/withheld-predicate.js';
import type { CriteriaScope, LinksFrom } from './criteria-scope.js';
import { criteriaPredicate } from './criterion-predicate.js';
import { limitPredicate } from './filters/filter-predicate.js';
import { membershipPredicate } from './membership-predicate.js';
import type { SourcesJudged } from './sources-predicate.js';
import type { BindParameters } from '../session/statement.js';

/** Options of the lookup of the rules of an access. */
export interface PredicateOptions {
  /** Where links of the rules are followed from: far ends where all current rows of a type are judged; absent: rows. */
  readonly linksFrom?: LinksFrom;
  /** A rule of the access that the rows are known to satisfy. */
  readonly satisfied?: Criterion;
  /** Only where new content is judged: the keys of all resources that the transaction writes. */
  readonly written?: readonly string[];
}

/**
 * The one judgement of rows (docs/adr/0004): the SQL condition that `row`, an alias of `resource`,
 * `resource_history` or one of their partitions, is within reach.
 */
export const accessPredicate = (
  access: Access,
  row: string,
  parameters: BindParameters,
  judged?: PredicateOptions,
): string => (access.unrestricted ? 'true' : grantsPredicate(access.grants, row, parameters, judged));

/** Returns the reach of a caller in other types. */
export const reachPredicate =
  (accessTo: (type: string) => Access<'s'>, parameters: BindParameters): CriteriaScope['reach'] =>
  (type, row) =>
    accessPredicate(accessTo(type), row, parameters);

/** Reach of the server itself: rules look at every row. */
export const everyRow: CriteriaScope['reach'] = () => 'true';

/** Rows that satisfy any grant; no grant, no row. */
export function grantsPredicate(
  grants: readonly Grant[],
  row: string,
  parameters: BindParameters,
  judged: PredicateOptions = {},
): string {
  const withheld = commonWithheld(grants);
  if (withheld) {
    const reached = grantsPredicate(grants.map(withoutWithheld), row, parameters, judged);
    const left = withheldPredicate(withheld, row, judging(parameters));
    return allOf([reached, left].filter((one) => one !== 'true'));
  }
  const rules = commonRules(grants);
  // A parameter that is never named is an error: each part is compiled once.
  if (rules) {
    const ways = anyOf(joinAlternatives(grants).map((grant) => grantPredicate(grant, row, parameters, judged)));
    return allOf([ways, rulesPredicate(rules, row, parameters, judged)].filter((one) => one !== 'true'));
  }
  return anyOf(
    grants.map((grant) =>
      allOf([grantPredicate(grant, row, parameters, judged), rulesPredicate(rulesOf(grant), row, parameters, judged)]),
    ),
  );
}

/** Labels and Consents withhold the same of each grant: they are looked at once. */
function commonWithheld([first, ...others]: readonly Grant[]): Withheld | undefined {
  return first && others.every(({ withheld }) => withheld === first.withheld) ? first.withheld : undefined;
}

/** The rules that every grant has: what policies add to all of them. Undefined where the grants differ in theirs. */
export function commonRules([first, ...others]: readonly Grant[]): readonly Criterion[] | undefined {
  if (!first) return [];
  const rules = rulesOf(first);
  return others.every((other) => rulesOf(other) === rules) ? rules : undefined;
}

function rulesPredicate(
  rules: readonly Criterion[],
  row: string,
  parameters: BindParameters,
  { linksFrom = 'rows', satisfied }: PredicateOptions,
): string {
  const left = rules.filter((rule) => rule !== satisfied);
  return criteriaPredicate(left, row, { parameters, reach: everyRow, linksFrom });
}

function grantPredicate(
  { within, where, only, withheld }: Grant,
  row: string,
  parameters: BindParameters,
  { written }: PredicateOptions,
): string {
  const conditions: string[] = [];
  const others = judging(parameters);
  if (within) conditions.push(membershipPredicate(within, row, { ...others, written }));
  if (only !== undefined) conditions.push(`${row}.id = ${parameters.share(only, 'text')}`);
  if (where.length > 0) conditions.push(...where.map((filter) => limitPredicate(filter, row, parameters)));
  if (withheld) conditions.push(withheldPredicate(withheld, row, others));
  return allOf(conditions);
}

/** Judges rows of other types. */
const judging = (parameters: BindParameters): SourcesJudged => ({
  parameters,
  judge: (grants, row) => grantsPredicate(grants, row, parameters),
});
