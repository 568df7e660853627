import { gramsOfPart } from '../search/grams.js';
import { unitSeparator } from '../search/index-values.js';
import { normalise } from '../search/normalise.js';
import { startEntry } from '../search/string-starts.js';
import { hashToken } from '../search/token-hash.js';
import { confirmed } from './confirmed.js';
import type { TextValue } from './filter-values.js';
import { anyOf } from './conditions.js';
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
  const found = foundBy(code, values, row, parameters);
  const conditions = values.map((value) => textCondition(code, value, parameters));
  const exists = `EXISTS (SELECT FROM unnest(${row}.val) AS entry WHERE ${conditions.join(' OR ')})`;
  return found === undefined ? exists : `(${found} AND ${confirmed(exists)})`;
}

/** The condition that an index serves; undefined where it does not find each value. */
function foundBy(
  code: string,
  values: readonly TextValue[],
  row: string,
  parameters: BindParameters,
): string | undefined {
  const hashes = values.flatMap((value) => hashedStart(code, value) ?? []).map(hashToken);
  const parts = values.map(partOf).filter((part) => part.length > 0);
  if (hashes.length + parts.length < values.length) return undefined;
  return anyOf([
    ...(hashes.length > 0 ? [`${row}.tok && ${parameters.add(hashes, 'bigint[]')}`] : []),
    ...parts.map((part) => `${row}.grams @> ${parameters.add(part, 'integer[]')}`),
  ]);
}

function partOf(value: TextValue): readonly number[] {
  if (value.kind === 'part-of-string') return gramsOfPart(value.part);
  return value.kind === 'end-of-string' ? gramsOfPart(value.end) : [];
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
