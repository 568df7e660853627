import { modifierNames } from '../values/modifiers.js';
import type { SearchParameter } from '../parameters/search-parameter.js';

const numbers = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'];

const byType: Readonly<Record<SearchParameter['type'], readonly string[]>> = {
  string: ['eq', 'ne', 'co', 'sw', 'ew'],
  token: ['eq', 'ne'],
  reference: ['eq', 'ne', 're'],
  uri: ['eq', 'ne', 'sw'],
  date: [...numbers, 'po'],
  number: numbers,
  quantity: numbers,
  composite: ['eq'],
  special: ['eq'],
};

const byCode: ReadonlyMap<string, readonly string[]> = new Map([
  ['_list', ['eq']],
  ['_text', ['co', 'pr']],
  ['_content', ['co', 'pr']],
  ['_filter', []],
]);

/** Operators that search has as modifiers, for the parameters that take these. */
const modifiers: ReadonlyMap<string, string> = new Map([
  ['in', 'in'],
  ['ni', 'not-in'],
  ['ss', 'below'],
  ['sb', 'above'],
]);

/** https://hl7.org/fhir/R4/search_filter.html#ops, as far as the parameter has values that can be compared so. */
export function operatorsOf(parameter: SearchParameter): readonly string[] {
  const own = byCode.get(parameter.code);
  if (own) return own;
  const known = modifierNames(parameter);
  return [
    ...byType[parameter.type],
    ...[...modifiers].filter(([, modifier]) => known.includes(modifier)).map(([operator]) => operator),
    ...(known.includes('missing') ? ['pr'] : []),
  ];
}

/** The modifier that the operator stands for. */
export const modifierOf = (operator: string): string | undefined => modifiers.get(operator);
