import type { FilterValue } from '../../../../r4/search/query/filter.js';
import { unitSeparator } from '../../../../r4/search/index/index-values.js';
import type { ValueOf } from './filter-values.js';
import { isEntry } from './hashed-predicate.js';
import type { BindParameters } from '../../session/statement.js';
import { textCondition } from './text-predicate.js';

/** `ne` of `_filter`: the row has another value than this one (https://hl7.org/fhir/R4/search_filter.html#ops). */
export function unequalPredicate(
  code: string,
  values: readonly ValueOf<'unequal'>[],
  row: string,
  parameters: BindParameters,
): string {
  const start = parameters.add(`${code}${unitSeparator}`, 'text');
  const conditions = values.map(({ to }) => `(${isValue(code, to, parameters)}) IS NOT TRUE`);
  return (
    `EXISTS (SELECT FROM unnest(${row}.val) AS entry ` +
    `WHERE starts_with(entry, ${start}) AND (${conditions.join(' OR ')}))`
  );
}

function isValue(code: string, value: FilterValue, parameters: BindParameters): string {
  switch (value.kind) {
    case 'token':
    case 'reference':
    case 'uri':
      return isEntry(code, value, parameters);
    case 'whole-string':
      return textCondition(code, value, parameters);
    default:
      // Others are compared by ranges, or never for inequality.
      throw new TypeError(`A value of kind ${value.kind} has no entry of its own.`);
  }
}
