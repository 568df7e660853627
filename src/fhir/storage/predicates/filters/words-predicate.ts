import type { ValueOf } from './filter-values.js';
import type { BindParameters } from '../../session/statement.js';

/** `_text` and `_content`: the words of the row, found by an index. A row that was never indexed has none. */
export function wordsPredicate(
  _code: string,
  values: readonly ValueOf<'words'>[],
  row: string,
  parameters: BindParameters,
): string {
  const query = values.map((value) => `(${value.query})`).join(' | ');
  return `${row}.words @@ ${parameters.add(query, 'tsquery')}`;
}
