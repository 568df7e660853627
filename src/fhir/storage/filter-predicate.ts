import type { Filter, FilterValue } from '../search/filter.js';
import { datePredicate, lastUpdatedPredicate } from './date-predicate.js';
import { hashedPredicate } from './hashed-predicate.js';
import type { DateValue, HashedValue, StringValue } from './filter-values.js';
import type { BindParameters } from './statement.js';
import { stringPredicate } from './string-predicate.js';

/** The SQL condition that `row` matches any value of the criterion (https://hl7.org/fhir/R4/search.html). */
export function filterPredicate({ parameter, values }: Filter, row: string, parameters: BindParameters): string {
  const { code } = parameter;
  if (code === '_id') return idPredicate(values, row, parameters);
  const hashed = values.filter((value): value is HashedValue => value.kind !== 'string' && value.kind !== 'date');
  const strings = values.filter((value): value is StringValue => value.kind === 'string');
  const dates = values.filter((value): value is DateValue => value.kind === 'date');
  const conditions: string[] = [];
  if (hashed.length > 0) conditions.push(hashedPredicate(code, hashed, row, parameters));
  if (strings.length > 0) conditions.push(stringPredicate(code, strings, row, parameters));
  if (dates.length > 0) {
    const predicate = code === '_lastUpdated' ? lastUpdatedPredicate : datePredicate;
    conditions.push(predicate(code, dates, row, parameters));
  }
  if (conditions.length === 0) return 'false';
  return conditions.length === 1 ? conditions[0]! : `(${conditions.join(' OR ')})`;
}

/** Ids have no system: a value that names one matches nothing. */
function idPredicate(values: readonly FilterValue[], row: string, parameters: BindParameters): string {
  const ids = values.flatMap((value) => (value.kind === 'token' && !value.system && value.code ? [value.code] : []));
  return `${row}.id = ANY (${parameters.add(ids, 'text[]')})`;
}
