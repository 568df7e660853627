import type { Filter, FilterValue } from '../search/filter.js';
import { compositePredicate } from './composite-predicate.js';
import { datePredicate, lastUpdatedPredicate } from './date-predicate.js';
import { pick } from './filter-values.js';
import { hashedPredicate } from './hashed-predicate.js';
import { nearPredicate } from './near-predicate.js';
import { numberPredicate } from './number-predicate.js';
import { presencePredicate } from './presence-predicate.js';
import type { BindParameters } from './statement.js';
import { textPredicate } from './text-predicate.js';

/** The SQL condition that `row` matches any value of the criterion (https://hl7.org/fhir/R4/search.html). */
export function filterPredicate({ parameter, values }: Filter, row: string, parameters: BindParameters): string {
  const { code, type } = parameter;
  if (code === '_id') return idPredicate(values, row, parameters);
  const conditions: string[] = [];
  const compile = <V>(
    found: readonly V[],
    predicate: (code: string, values: readonly V[], row: string, parameters: BindParameters) => string,
    entryCode = code,
  ): void => {
    if (found.length > 0) conditions.push(predicate(entryCode, found, row, parameters));
  };
  compile(pick(values, 'token', 'reference', 'uri', 'of-type'), hashedPredicate);
  const identifiers = pick(values, 'identifier').map((value) => ({ ...value, kind: 'token' }) as const);
  compile(identifiers, hashedPredicate, `${code}:identifier`);
  compile(pick(values, 'string', 'exact-string', 'part-of-string', 'text', 'uri-below'), textPredicate);
  compile(pick(values, 'date'), code === '_lastUpdated' ? lastUpdatedPredicate : datePredicate);
  compile(pick(values, 'number', 'quantity'), numberPredicate);
  compile(pick(values, 'composite'), compositePredicate);
  compile(pick(values, 'near'), nearPredicate);
  if (values.some(({ kind }) => kind === 'present'))
    conditions.push(presencePredicate({ code, type }, row, parameters));
  if (conditions.length === 0) return 'false';
  return conditions.length === 1 ? conditions[0]! : `(${conditions.join(' OR ')})`;
}

/** Ids have no system: a value that names one matches nothing. */
function idPredicate(values: readonly FilterValue[], row: string, parameters: BindParameters): string {
  if (values.some(({ kind }) => kind === 'present')) return 'true';
  const ids = pick(values, 'token').flatMap(({ system, code }) => (!system && code ? [code] : []));
  return `${row}.id = ANY (${parameters.add(ids, 'text[]')})`;
}
