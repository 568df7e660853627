import { gramsOfPart } from '../../../../r4/search/index/grams.js';
import { unitSeparator } from '../../../../r4/search/index/index-values.js';
import type { Filter, FilterValue } from '../../../../r4/search/query/filter.js';
import { normalise } from '../../../../r4/search/values/normalise.js';
import { isLongStart, startEntry } from '../../../../r4/search/index/string-starts.js';
import { storedHashes } from '../../indexing/stored-hashes.js';
import { confirmed } from './confirmed.js';
import { pick, type TextValue, type ValueOf } from './filter-values.js';
import { anyOf } from '../conditions.js';
import { overlaps } from './hashed-predicate.js';
import { many } from '../../many-values.js';
import type { BindParameters } from '../../session/statement.js';

/**
 * Strings match from their start, without case and accents, unless a modifier says otherwise
 * (https://hl7.org/fhir/R4/search.html#string): `:contains` is 'part-of-string'. Displays of tokens and URLs below another do likewise.
 */
export function textPredicate(
  code: string,
  values: readonly TextValue[],
  row: string,
  parameters: BindParameters,
): string {
  const found = foundBy(code, values, row, parameters);
  const conditions = conditionsOf(code, values, parameters);
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
  const hashes = storedHashes(values.flatMap((value) => hashedStart(code, value) ?? []));
  const parts = values.map(partOf).filter((part) => part.length > 0);
  if (hashes.length + parts.length < values.length) return undefined;
  return anyOf([
    ...(hashes.length > 0 ? [overlaps(row, hashes, parameters)] : []),
    ...parts.map((part) => `${row}.grams @> ${parameters.add(part, 'integer[]')}`),
  ]);
}

/**
 * The conditions on one `entry`, of which one must hold. Of many values, those with starts (or ends) of one length are one,
 * with a hash table for them.
 */
function conditionsOf(code: string, values: readonly TextValue[], parameters: BindParameters): readonly string[] {
  if (values.length <= many) return values.map((value) => textCondition(code, value, parameters));
  const start = code + unitSeparator;
  const ends = pick(values, 'end-of-string').map(({ end }) => end);
  const starts = values.filter(isStart).map((value) => startOf(code, value));
  const exact = pick(values, 'exact-string').map((value) => exactEntry(code, value));
  return [
    ...(exact.length > 0 ? [`entry = ${anyOfTexts(exact, parameters)}`] : []),
    ...ofLengths(starts).map((same) => `left(entry, ${length(same, parameters)}) = ${anyOfTexts(same, parameters)}`),
    ...ofLengths(ends).map(
      (same) =>
        `(starts_with(entry, ${parameters.add(start, 'text')}) AND ` +
        `right(split_part(entry, E'\\x1f', 2), ${length(same, parameters)}) = ${anyOfTexts(same, parameters)})`,
    ),
    // Parts are looked for one by one.
    ...pick(values, 'part-of-string').map((value) => textCondition(code, value, parameters)),
  ];
}

const exactEntry = (code: string, { text }: ValueOf<'exact-string'>): string =>
  [code, normalise(text), text].join(unitSeparator);

/** As PostgreSQL counts: by code points. */
const lengthOf = (text: string): number => Array.from(text).length;

function ofLengths(texts: readonly string[]): readonly (readonly string[])[] {
  const groups = new Map<number, string[]>();
  for (const text of texts) {
    const group = groups.get(lengthOf(text));
    if (group) group.push(text);
    else groups.set(lengthOf(text), [text]);
  }
  return [...groups.values()];
}

const length = ([first = '']: readonly string[], parameters: BindParameters): string =>
  parameters.add(lengthOf(first), 'integer');

const anyOfTexts = (texts: readonly string[], parameters: BindParameters): string =>
  `ANY (${parameters.add(texts, 'text[]')})`;

/** Where in an entry the text of a value stands. A kind that is not here does not compile. */
const places = {
  string: 'start',
  'whole-string': 'start',
  text: 'start',
  'uri-below': 'start',
  'exact-string': 'whole',
  'part-of-string': 'part',
  'end-of-string': 'end',
} as const satisfies Record<TextValue['kind'], 'start' | 'whole' | 'part' | 'end'>;

type StartKind = { [K in TextValue['kind']]: (typeof places)[K] extends 'start' ? K : never }[TextValue['kind']];
type StartValue = ValueOf<StartKind>;

const isStart = (value: TextValue): value is StartValue => places[value.kind] === 'start';

/** Returns the start of exactly the entries that match. */
function startOf(code: string, value: StartValue): string {
  if (value.kind === 'text') return `${code}:text${unitSeparator}${value.start}`;
  const start = code + unitSeparator;
  if (value.kind === 'whole-string') return start + value.text + unitSeparator;
  return start + (value.kind === 'string' ? value.prefix : value.start);
}

function partOf(value: TextValue): readonly number[] {
  if (value.kind === 'part-of-string') return gramsOfPart(value.part);
  return value.kind === 'end-of-string' ? gramsOfPart(value.end) : [];
}

function hashedStart(code: string, value: TextValue): string | undefined {
  const start = startText(value);
  return start === undefined ? undefined : startEntry(code, start);
}

function startText(value: FilterValue): string | undefined {
  if (value.kind === 'string') return value.prefix;
  if (value.kind === 'whole-string') return value.text;
  return value.kind === 'exact-string' ? normalise(value.text) : undefined;
}

/** The hashes of which each row that matches the filter holds one, where each value has a start so long that few rows have it. */
export function longStartsOf({ parameter: { code }, values }: Filter): readonly string[] | undefined {
  const starts = values
    .map(startText)
    .flatMap((start = '') => (isLongStart(start) ? (startEntry(code, start) ?? []) : []));
  const isLong = values.length > 0 && values.length <= many && starts.length === values.length;
  return isLong ? [...new Set(storedHashes(starts))] : undefined;
}

/** The condition on one `entry`. */
export function textCondition(code: string, value: TextValue, parameters: BindParameters): string {
  const bind = (text: string): string => parameters.add(text, 'text');
  if (isStart(value)) return `starts_with(entry, ${bind(startOf(code, value))})`;
  if (value.kind === 'exact-string') return `entry = ${bind(exactEntry(code, value))}`;
  const start = code + unitSeparator;
  if (value.kind === 'part-of-string')
    return `(starts_with(entry, ${bind(start)}) AND strpos(split_part(entry, E'\\x1f', 2), ${bind(value.part)}) > 0)`;
  const end = bind(value.end);
  return `(starts_with(entry, ${bind(start)}) AND right(split_part(entry, E'\\x1f', 2), char_length(${end})) = ${end})`;
}
