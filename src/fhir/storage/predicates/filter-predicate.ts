import type { Filter, FilterValue } from '../../../r4/search/query/filter.js';
import { impliedSystems } from '../../../r4/search/path/implied-systems.js';
import { allOf } from './conditions.js';
import { compositePredicate } from './composite-predicate.js';
import { impliedTokens } from './composite-token.js';
import { datePredicate, lastUpdatedPredicate } from './date-predicate.js';
import { type HashedValue, pick } from './filter-values.js';
import { hashedLimit, hashedPredicate, holdsValue } from './hashed-predicate.js';
import { many } from '../many-values.js';
import { nearPredicate } from './near-predicate.js';
import { numberPredicate } from './number-predicate.js';
import { presencePredicate } from './presence-predicate.js';
import type { BindParameters } from '../session/statement.js';
import { textPredicate } from './text-predicate.js';
import { unequalPredicate } from './unequal-predicate.js';
import { wordsPredicate } from './words-predicate.js';

/** The SQL condition that `row` matches any value of the criterion (https://hl7.org/fhir/R4/search.html). */
export function filterPredicate({ parameter, values }: Filter, row: string, parameters: BindParameters): string {
  const { code, type } = parameter;
  // Left as it is, `:not-in` would match every row.
  if (pick(values, 'in', 'subsumption').length > 0) throw new Error(`The values of ${code} were not expanded.`);
  if (code === '_id') return idPredicate(values, row, parameters);
  const conditions: string[] = [];
  const compile = <V>(
    found: readonly V[],
    predicate: (code: string, values: readonly V[], row: string, parameters: BindParameters) => string,
    entryCode = code,
  ): void => {
    if (found.length > 0) conditions.push(predicate(entryCode, found, row, parameters));
  };
  compile(hashedOf(values), hashedPredicate);
  const identifiers = pick(values, 'identifier').map((value) => ({ ...value, kind: 'token' }) as const);
  compile(identifiers, hashedPredicate, `${code}:identifier`);
  compile(pick(values, 'string', 'whole-string', 'exact-string', 'part-of-string'), textPredicate);
  compile(pick(values, 'end-of-string', 'text', 'uri-below'), textPredicate);
  compile(pick(values, 'unequal'), unequalPredicate);
  compile(pick(values, 'words'), wordsPredicate);
  compile(pick(values, 'date'), code === '_lastUpdated' ? lastUpdatedPredicate : datePredicate);
  compile(pick(values, 'number', 'quantity'), numberPredicate);
  compile(pick(values, 'composite'), (_code, found) => {
    // An index serves what is implied: ranges have none.
    const implied = impliedTokens(parameter, found);
    const tokens = implied && hashedPredicate(implied.parameter.code, implied.values, row, parameters);
    const condition = compositePredicate(code, found, row, parameters);
    return tokens === undefined ? condition : `(${tokens} AND ${condition})`;
  });
  compile(pick(values, 'near'), nearPredicate);
  if (values.some(({ kind }) => kind === 'present'))
    conditions.push(presencePredicate({ code, type }, row, parameters));
  if (conditions.length === 0) return 'false';
  return conditions.length === 1 ? conditions[0]! : `(${conditions.join(' OR ')})`;
}

/** True if rows are found by the hashes of more than a few values. */
export const isLong = ({ parameter, values }: Filter): boolean =>
  values.length > many && parameter.code !== '_id' && hashedOf(values).length === values.length;

/** The condition of a filter that {@link isLong} on rows walked along: it asks no index, and reads a row once. */
export const holdsListed = ({ parameter, values }: Filter, row: string, parameters: BindParameters): string =>
  holdsValue(parameter.code, hashedOf(values), row, parameters);

const hashedOf = (values: readonly FilterValue[]): readonly HashedValue[] =>
  pick(values, 'token', 'reference', 'uri', 'of-type');

/** The condition of a filter that limits a caller. */
export function limitPredicate(filter: Filter, row: string, parameters: BindParameters): string {
  const values = hashedOf(filter.values);
  const { code } = filter.parameter;
  const isHashed = code !== '_id' && values.length > 0 && values.length === filter.values.length;
  if (!isHashed) return filterPredicate(filter, row, parameters);
  const likely = values.flatMap((value) =>
    value.kind === 'token' && value.system === undefined && value.code !== undefined
      ? impliedSystems(filter.parameter, value.code).map((system) => ({ ...value, system }))
      : [],
  );
  return hashedLimit(code, { values, likely }, row, parameters);
}

/** Rows that match every filter. */
export const filtersPredicate = (filters: readonly Filter[], row: string, parameters: BindParameters): string =>
  allOf(filters.map((filter) => filterPredicate(filter, row, parameters)));

/** Ids have no system: a value that names one matches nothing. */
function idPredicate(values: readonly FilterValue[], row: string, parameters: BindParameters): string {
  if (values.some(({ kind }) => kind === 'present')) return 'true';
  const ids = pick(values, 'token').flatMap(({ system, code }) => (!system && code ? [code] : []));
  return `${row}.id = ANY (${parameters.add(ids, 'text[]')})`;
}
