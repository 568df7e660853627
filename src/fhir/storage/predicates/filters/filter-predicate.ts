import type { SearchParameter } from '../../../../r4/search/parameters/search-parameter.js';
import type { Filter, FilterValue } from '../../../../r4/search/query/filter.js';
import { impliedSystems } from '../../../../r4/search/path/implied-systems.js';
import { allOf } from '../conditions.js';
import { compositePredicate } from './composite-predicate.js';
import { impliedTokens } from './composite-token.js';
import { datePredicate, lastUpdatedPredicate } from './date-predicate.js';
import { type HashedValue, pick } from './filter-values.js';
import { hashedLimit, hashedPredicate, hashesOfValues, holdsValue } from './hashed-predicate.js';
import { many } from '../../many-values.js';
import { nearPredicate } from './near-predicate.js';
import { numberPredicate } from './number-predicate.js';
import { presencePredicate } from './presence-predicate.js';
import type { BindParameters } from '../../session/statement.js';
import { selectionPredicate } from './selection-predicate.js';
import { textPredicate } from './text-predicate.js';
import { unequalPredicate } from './unequal-predicate.js';
import { wordsPredicate } from './words-predicate.js';

/** The values that are compiled together, by their kind: a kind that has no entry does not compile. */
const groupOf = {
  token: 'hashed',
  reference: 'hashed',
  uri: 'hashed',
  'of-type': 'hashed',
  identifier: 'identifier',
  selection: 'selection',
  string: 'string',
  'whole-string': 'string',
  'exact-string': 'string',
  'part-of-string': 'string',
  'end-of-string': 'text',
  text: 'text',
  'uri-below': 'text',
  unequal: 'unequal',
  words: 'words',
  date: 'date',
  number: 'number',
  quantity: 'number',
  composite: 'composite',
  near: 'near',
  record: 'record',
  present: 'present',
  in: 'unexpanded',
  subsumption: 'unexpanded',
} as const satisfies Record<FilterValue['kind'], string>;

type Groups = typeof groupOf;
type Group = Groups[FilterValue['kind']];
type ValueOf<G extends Group> = Extract<
  FilterValue,
  { readonly kind: { [K in keyof Groups]: Groups[K] extends G ? K : never }[keyof Groups] }
>;
type Compile<V> = (parameter: SearchParameter, values: readonly V[], row: string, parameters: BindParameters) => string;

/** SQL of each group, in the order in which the conditions stand. */
const compilers: { readonly [G in Group]: Compile<ValueOf<G>> } = {
  hashed: ({ code }, ...rest) => hashedPredicate(code, ...rest),
  identifier: ({ code }, values, ...rest) =>
    hashedPredicate(
      `${code}:identifier`,
      values.map((value) => ({ ...value, kind: 'token' })),
      ...rest,
    ),
  selection: ({ code }, ...rest) => selectionPredicate(code, ...rest),
  string: ({ code }, ...rest) => textPredicate(code, ...rest),
  text: ({ code }, ...rest) => textPredicate(code, ...rest),
  unequal: ({ code }, ...rest) => unequalPredicate(code, ...rest),
  words: ({ code }, ...rest) => wordsPredicate(code, ...rest),
  date: ({ code }, ...rest) => (code === '_lastUpdated' ? lastUpdatedPredicate : datePredicate)(code, ...rest),
  number: ({ code }, ...rest) => numberPredicate(code, ...rest),
  composite: (parameter, values, row, parameters) => {
    // An index serves what is implied: ranges have none.
    const implied = impliedTokens(parameter, values);
    const tokens = implied && hashedPredicate(implied.parameter.code, implied.values, row, parameters);
    const condition = compositePredicate(parameter.code, values, row, parameters);
    return tokens === undefined ? condition : `(${tokens} AND ${condition})`;
  },
  near: ({ code }, ...rest) => nearPredicate(code, ...rest),
  record: (_parameter, values, row, parameters) =>
    `${row}.compartments && ${parameters.add(
      values.map(({ patient }) => patient),
      'text[]',
    )}`,
  present: (parameter, _values, ...rest) => presencePredicate(parameter, ...rest),
  // Left as it is, `:not-in` would match every row.
  unexpanded: ({ code }) => requireExpanded(code),
};

function requireExpanded(code: string): never {
  throw new Error(`The values of ${code} were not expanded.`);
}

/** The SQL condition that `row` matches any value of the criterion (https://hl7.org/fhir/R4/search.html). */
export function filterPredicate({ parameter, values }: Filter, row: string, parameters: BindParameters): string {
  if (parameter.code === '_id') return idPredicate(values, row, parameters);
  const conditions = Object.entries(compilers).flatMap(([group, compile]) => {
    const found = values.filter(({ kind }) => groupOf[kind] === group);
    return found.length === 0 ? [] : [(compile as Compile<FilterValue>)(parameter, found, row, parameters)];
  });
  if (conditions.length === 0) return 'false';
  return conditions.length === 1 ? conditions[0]! : `(${conditions.join(' OR ')})`;
}

/** True if rows are found by the hashes of more than a few values. */
export const isLong = ({ parameter, values }: Filter): boolean =>
  values.length > many && parameter.code !== '_id' && hashedOf(values).length === values.length;

/** The condition of a filter that {@link isLong} on rows walked along: it asks no index, and reads a row once. */
export const holdsListed = ({ parameter, values }: Filter, row: string, parameters: BindParameters): string =>
  holdsValue(parameter.code, hashedOf(values), row, parameters);

/** The hashes of a filter that {@link isLong}, of which each row that matches has one. */
export const listedHashes = ({ parameter, values }: Filter): readonly string[] =>
  hashesOfValues(parameter.code, hashedOf(values));

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
  if (pick(values, 'in', 'subsumption').length > 0) requireExpanded('_id');
  if (values.some(({ kind }) => kind === 'present')) return 'true';
  const ids = pick(values, 'token').flatMap(({ system, code }) => (!system && code ? [code] : []));
  return `${row}.id = ANY (${parameters.add(ids, 'text[]')})`;
}
