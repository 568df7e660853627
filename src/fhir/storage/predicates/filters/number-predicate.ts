import type { Prefix, UnitChoice } from '../../../../r4/search/query/filter.js';
import type { NumberValue } from './filter-values.js';
import { many, reduceNumbers, withinAny } from '../../many-values.js';
import type { BindParameters } from '../../session/statement.js';

/** Ends of the rows' range that a value is compared with: SQL. */
export interface Ends {
  readonly low: string;
  readonly high: string;
}

/** Numbers and quantities (https://hl7.org/fhir/R4/search.html#number). */
export function numberPredicate(
  code: string,
  values: readonly NumberValue[],
  row: string,
  parameters: BindParameters,
): string {
  const parameter = parameters.add(code, 'text');
  const conditions = byUnit(values).flatMap((group) => groupConditions(group, parameters));
  return (
    `EXISTS (SELECT FROM unnest(${row}.ranges) AS range ` +
    `WHERE range.parameter = ${parameter} AND (${conditions.join(' OR ')}))`
  );
}

/** Values of one unit. */
function byUnit(values: readonly NumberValue[]): readonly (readonly NumberValue[])[] {
  if (values.length <= many) return [values];
  const groups = new Map<string, NumberValue[]>();
  for (const value of values) {
    const key = value.kind === 'quantity' ? JSON.stringify(value.unit) : '';
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  }
  return [...groups.values()];
}

/** Returns one condition for those of many values in one unit that an interval holds, and one for each other. */
function groupConditions(values: readonly NumberValue[], parameters: BindParameters): readonly string[] {
  const reduced = reduceNumbers(values);
  const equal = reduced.filter(({ prefix }) => prefix === 'eq');
  if (equal.length <= many) return reduced.map((value) => numberCondition(value, parameters));
  const within = withinAny(equal, { ...bothEnds, before: '<' }, parameters);
  const first = equal[0]!;
  return [
    first.kind === 'quantity' ? `(${within} AND ${unitCondition(first.unit, parameters)})` : within,
    ...reduced.filter(({ prefix }) => prefix !== 'eq').map((value) => numberCondition(value, parameters)),
  ];
}

/** The condition on one `range`, its unit included. */
export function numberCondition(value: NumberValue, parameters: BindParameters, ends: Ends = bothEnds): string {
  const bind = (text: string): string => parameters.add(text, 'numeric');
  const condition = comparisons[value.prefix](value, bind, ends);
  return value.kind === 'quantity' ? `(${condition} AND ${unitCondition(value.unit, parameters)})` : condition;
}

const bothEnds: Ends = { low: 'range.low', high: 'range.high' };

type Comparison = (value: NumberValue, bind: (text: string) => string, ends: Ends) => string;

const contained: Comparison = (value, bind, { low, high }) =>
  `(${low} >= ${bind(value.low)} AND ${high} < ${bind(value.high)})`;

/** An end that is null is unbounded: `IS NOT FALSE` lets it match, a plain comparison does not. */
const comparisons: Readonly<Record<Prefix, Comparison>> = {
  eq: contained,
  ne: (value, bind, ends) => `${contained(value, bind, ends)} IS NOT TRUE`,
  gt: ({ value }, bind, { high }) => `(${high} > ${bind(value)}) IS NOT FALSE`,
  ge: ({ value }, bind, { high }) => `(${high} >= ${bind(value)}) IS NOT FALSE`,
  lt: ({ value }, bind, { low }) => `(${low} < ${bind(value)}) IS NOT FALSE`,
  le: ({ value }, bind, { low }) => `(${low} <= ${bind(value)}) IS NOT FALSE`,
  sa: ({ value }, bind, { low }) => `${low} > ${bind(value)}`,
  eb: ({ value }, bind, { high }) => `${high} < ${bind(value)}`,
  ap: (value, bind, { low, high }) =>
    `((${high} >= ${bind(value.low)}) IS NOT FALSE AND (${low} <= ${bind(value.high)}) IS NOT FALSE)`,
};

/** Units of the index: `code|system`, `unit|` for humans, `code|ucum:canonical`. */
function unitCondition({ unit, code, system }: UnitChoice, parameters: BindParameters): string {
  if (unit !== undefined) return `range.unit = ${parameters.add(unit, 'text')}`;
  const asWritten = `range.unit NOT LIKE '%|ucum:canonical'`;
  if (code !== undefined) return `(starts_with(range.unit, ${parameters.add(`${code}|`, 'text')}) AND ${asWritten})`;
  if (system === undefined) return asWritten;
  const end = parameters.add(`|${system}`, 'text');
  return `right(range.unit, char_length(${end})) = ${end}`;
}
