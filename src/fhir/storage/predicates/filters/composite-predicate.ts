import { componentSeparator } from '../../../../r4/search/index/composite-entries.js';
import type { FilterValue } from '../../../../r4/search/query/filter.js';
import { unitSeparator } from '../../../../r4/search/index/index-values.js';
import { storedHashes } from '../../indexing/stored-hashes.js';
import { dateCondition } from './date-predicate.js';
import type { ValueOf } from './filter-values.js';
import { type Ends, numberCondition } from './number-predicate.js';
import type { BindParameters } from '../../session/statement.js';

type CompositeValue = ValueOf<'composite'>;
type Exact = ValueOf<'token' | 'reference' | 'uri'>;

/** https://hl7.org/fhir/R4/search.html#composite; composite-entries.ts says what the index has of them. */
export function compositePredicate(
  code: string,
  values: readonly CompositeValue[],
  row: string,
  parameters: BindParameters,
): string {
  const conditions = values.map(({ parts }) => {
    const [first, second] = parts;
    if (!first || !second || !isExact(first)) return 'false';
    if (isExact(second)) return pairCondition(code, [first, second], row, parameters);
    if (second.kind === 'string') return textCondition(code, [first, second], row, parameters);
    return rangeCondition(code, parts, row, parameters);
  });
  return `(${conditions.join(' OR ')})`;
}

const isExact = (value: FilterValue): value is Exact =>
  value.kind === 'token' || value.kind === 'reference' || value.kind === 'uri';

/** Found by a hash unless a system stands alone; the entry confirms both components together. */
function pairCondition(code: string, pair: readonly [Exact, Exact], row: string, parameters: BindParameters): string {
  const [left, right] = pair.map(hashedPart);
  const entry = entryOf(code, parameters);
  const exists = entryExists(row, [
    entry.condition,
    partCondition(pair[0], entry.left, parameters),
    partCondition(pair[1], entry.right, parameters),
  ]);
  if (left === undefined || right === undefined) return exists;
  const hashes = storedHashes([code + unitSeparator + left + componentSeparator + right]);
  return `(${row}.tok @> ${parameters.add(hashes, 'bigint[]')} AND ${exists})`;
}

function textCondition(
  code: string,
  [first, second]: readonly [Exact, ValueOf<'string'>],
  row: string,
  parameters: BindParameters,
): string {
  const entry = entryOf(code, parameters);
  return entryExists(row, [
    entry.condition,
    partCondition(first, entry.left, parameters),
    `starts_with(${entry.right}, ${parameters.add(second.prefix, 'text')})`,
  ]);
}

/** A second number (coordinates) is the end of the range that the first begins. */
function rangeCondition(
  code: string,
  [first, ...others]: CompositeValue['parts'],
  row: string,
  parameters: BindParameters,
): string {
  const ends = others.length > 1 ? coordinateEnds : [undefined];
  const conditions = others.map((value, at) => {
    if (value.kind === 'date') return dateCondition(value, parameters);
    const isNumber = value.kind === 'number' || value.kind === 'quantity';
    return isNumber ? numberCondition(value, parameters, ends[at]) : 'false';
  });
  const left = first && isExact(first) ? partCondition(first, 'range.code', parameters) : 'false';
  const parameter = `range.parameter = ${parameters.add(code, 'text')}`;
  return `EXISTS (SELECT FROM unnest(${row}.ranges) AS range WHERE ${[parameter, left, ...conditions].join(' AND ')})`;
}

const coordinateEnds: readonly Ends[] = [
  { low: 'range.low', high: 'range.low' },
  { low: 'range.high', high: 'range.high' },
];

const entryExists = (row: string, conditions: readonly string[]): string =>
  `EXISTS (SELECT FROM unnest(${row}.val) AS entry WHERE ${conditions.join(' AND ')})`;

/** SQL of the components of an entry. */
function entryOf(code: string, parameters: BindParameters) {
  const start = parameters.add(code + unitSeparator, 'text');
  const separator = parameters.add(componentSeparator, 'text');
  const component = (at: 1 | 2): string => `split_part(substr(entry, char_length(${start}) + 1), ${separator}, ${at})`;
  return { condition: `starts_with(entry, ${start})`, left: component(1), right: component(2) };
}

/** The component as the hashes have it. */
function hashedPart(value: Exact): string | undefined {
  if (value.kind === 'uri') return value.uri;
  if (value.kind === 'reference') return value.target;
  if (value.code === undefined) return undefined;
  return value.system === undefined ? value.code : value.code + unitSeparator + value.system;
}

/** Returns the condition that one component, `code␟system`, `Type/id` or a URL, equals the value. `part`: SQL. */
function partCondition(value: Exact, part: string, parameters: BindParameters): string {
  const bind = (text: string): string => parameters.add(text, 'text');
  if (value.kind === 'token') {
    const { system, code } = value;
    if (system === undefined) return `starts_with(${part}, ${bind(`${code ?? ''}${unitSeparator}`)})`;
    if (code !== undefined) return `${part} = ${bind(code + unitSeparator + system)}`;
    const end = bind(unitSeparator + system);
    return `right(${part}, char_length(${end})) = ${end}`;
  }
  if (value.kind === 'uri' || !value.anyType)
    return `${part} = ${bind(value.kind === 'uri' ? value.uri : value.target)}`;
  return `(split_part(${part}, '/', 1) ~ '^[A-Za-z]+$' AND ${part} = split_part(${part}, '/', 1) || '/' || ${bind(value.target)})`;
}
