import { unitSeparator } from '../../../../r4/search/index/index-values.js';
import type { SearchParameter } from '../../../../r4/search/parameters/search-parameter.js';
import type { BindParameters } from '../../session/statement.js';

const rangeTypes: ReadonlySet<SearchParameter['type']> = new Set(['date', 'number', 'quantity', 'special']);

/** `:missing`: the row has an index entry of the parameter; `code:` begins those of displays, types, identifiers and contained resources. */
export function presencePredicate(
  { code, type }: Pick<SearchParameter, 'code' | 'type'>,
  row: string,
  parameters: BindParameters,
): string {
  if (code === '_lastUpdated' || code === '_content') return 'true';
  if (code === '_text') return `ts_filter(${row}.words, '{a}') <> ''`;
  if (rangeTypes.has(type)) {
    return `EXISTS (SELECT FROM unnest(${row}.ranges) AS range WHERE range.parameter = ${parameters.add(code, 'text')})`;
  }
  const starts = [`${code}${unitSeparator}`, `${code}:`].map(
    (start) => `starts_with(entry, ${parameters.add(start, 'text')})`,
  );
  return `EXISTS (SELECT FROM unnest(${row}.val) AS entry WHERE ${starts.join(' OR ')})`;
}
