import { unitSeparator } from '../search/index-values.js';
import type { StringValue } from './filter-values.js';
import type { BindParameters } from './statement.js';

/** Strings match from their start, without case and accents (https://hl7.org/fhir/R4/search.html#string). */
export function stringPredicate(
  code: string,
  values: readonly StringValue[],
  row: string,
  parameters: BindParameters,
): string {
  const conditions = values.map(
    ({ prefix }) => `starts_with(entry, ${parameters.add(`${code}${unitSeparator}${prefix}`, 'text')})`,
  );
  return `EXISTS (SELECT FROM unnest(${row}.val) AS entry WHERE ${conditions.join(' OR ')})`;
}
