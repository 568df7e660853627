import type { Filter, FilterValue } from '../query/filter.js';
import { InvalidSearchValue, misfit } from './invalid-search-value.js';
import { parseDateValue } from './parse-date-value.js';
import { parseNearValue } from './parse-near-value.js';
import { parseNumberValue } from './parse-number-value.js';
import { parseQuantityValue } from './parse-quantity-value.js';
import { parseReferenceValue } from './parse-reference-value.js';
import { parseStringValue } from './parse-string-value.js';
import { parseTokenValue } from './parse-token-value.js';
import { parseUriValue } from './parse-uri-value.js';
import type { SearchParameter } from '../parameters/search-parameter.js';
import { splitEscaped } from './split-escaped.js';
import type { ValueSettings } from './value-settings.js';

/** Reads one value, escapes included. Throws {@link InvalidSearchValue}. */
export type ParseValue = (
  parameter: SearchParameter,
  text: string,
  settings: ValueSettings,
) => FilterValue | readonly FilterValue[];

/** Texts have lines and columns; nothing else has (https://hl7.org/fhir/R4/datatypes.html#string). */
export const controlOf = ({ type }: SearchParameter): RegExp => (type === 'string' ? /[^\P{Cc}\t\n\r]/u : /\p{Cc}/u);

const parsers: Partial<Record<SearchParameter['type'], ParseValue>> = {
  token: parseTokenValue,
  reference: parseReferenceValue,
  date: parseDateValue,
  string: parseStringValue,
  uri: parseUriValue,
  number: parseNumberValue,
  quantity: parseQuantityValue,
  special: parseNearValue,
};

/** The types of parameters that an application can add. */
export const parsableTypes: readonly string[] = Object.keys(parsers).filter((type) => type !== 'special');

/**
 * Reads the value of a search criterion or of a granular scope (https://hl7.org/fhir/R4/search.html#ptypes): comma means
 * OR. Percent-decoding has been done. Absolute references on the server's own base become local ones.
 * Throws {@link InvalidSearchValue}.
 */
export function parseFilter(parameter: SearchParameter, text: string, settings: ValueSettings): Filter {
  return { parameter, values: parseValues(parameter, text, settings, parserOf(parameter, text)) };
}

/** Returns the parser for one value of the parameter; throws 400 for a type without one. */
export function parserOf(parameter: SearchParameter, text: string): ParseValue {
  const parse = parsers[parameter.type];
  if (parse) return parse;
  const fact = `values of type ${parameter.type} cannot be read here; only ${parsableTypes.join(', ')} can.`;
  throw new InvalidSearchValue(parameter.code, text, fact, '(none)');
}

/** The values that commas separate. */
export function parseValues(
  parameter: SearchParameter,
  text: string,
  settings: ValueSettings,
  parse: ParseValue,
): readonly FilterValue[] {
  if (controlOf(parameter).test(text))
    throw misfit(parameter, text.replace(/\p{Cc}/gu, '?'), 'it has control characters.');
  return splitEscaped(text, ',').flatMap((value) => {
    if (value === '') throw misfit(parameter, text, 'a value is empty.');
    return parse(parameter, value, settings);
  });
}
