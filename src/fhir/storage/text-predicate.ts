import { unitSeparator } from '../search/index-values.js';
import { normalise } from '../search/normalise.js';
import { startEntry } from '../search/string-starts.js';
import { hashToken } from '../search/token-hash.js';
import { confirmed } from './confirmed.js';
import type { TextValue } from './filter-values.js';
import type { BindParameters } from './statement.js';

/**
 * Strings match from their start, without case and accents, unless a modifier says otherwise
 * (https://hl7.org/fhir/R4/search.html#string); displays of tokens and URLs below another do likewise.
 */
export function textPredicate(
  code: string,
  values: readonly TextValue[],
  row: string,
  parameters: BindParameters,
): string {
  const entries = values.map((value) => hashedStart(code, value));
  const hashes = entries.flatMap((entry) => (entry === undefined ? [] : [hashToken(entry)]));
  // The index finds them only if it finds each.
  const found = hashes.length === values.length ? `${row}.tok && ${parameters.add(hashes, 'bigint[]')}` : undefined;
  const conditions = values.map((value) => textCondition(code, value, parameters));
  const exists = `EXISTS (SELECT FROM unnest(${row}.val) AS entry WHERE ${conditions.join(' OR ')})`;
  return found === undefined ? exists : `(${found} AND ${confirmed(exists)})`;
}

function hashedStart(code: string, value: TextValue): string | undefined {
  if (value.kind === 'string') return startEntry(code, value.prefix);
  if (value.kind === 'whole-string') return startEntry(code, value.text);
  return value.kind === 'exact-string' ? startEntry(code, normalise(value.text)) : undefined;
}

/** The condition on one `entry`. */
export function textCondition(code: string, value: TextValue, parameters: BindParameters): string {
  const start = code + unitSeparator;
  const bind = (text: string): string => parameters.add(text, 'text');
  switch (value.kind) {
    case 'string':
      return `starts_with(entry, ${bind(start + value.prefix)})`;
    case 'whole-string':
      return `starts_with(entry, ${bind(start + value.text + unitSeparator)})`;
    case 'end-of-string': {
      const end = bind(value.end);
      return `(starts_with(entry, ${bind(start)}) AND right(split_part(entry, E'\\x1f', 2), char_length(${end})) = ${end})`;
    }
    case 'exact-string':
      return `entry = ${bind(start + normalise(value.text) + unitSeparator + value.text)}`;
    case 'part-of-string':
      return `(starts_with(entry, ${bind(start)}) AND strpos(split_part(entry, E'\\x1f', 2), ${bind(value.part)}) > 0)`;
    case 'text':
      return `starts_with(entry, ${bind(`${code}:text${unitSeparator}${value.start}`)})`;
    default:
      return `starts_with(entry, ${bind(start + value.start)})`;
  }
}
