import type { FilterValue } from '../query/filter.js';
import { misfit } from './invalid-search-value.js';
import { normalise } from './normalise.js';
import type { SearchParameter } from '../parameters/search-parameter.js';
import { unescapeValue } from './split-escaped.js';

/** https://hl7.org/fhir/R4/search.html#string */
export const parseStringValue = (parameter: SearchParameter, text: string): FilterValue => ({
  kind: 'string',
  prefix: normalised(parameter, text),
});

export const parsePartOfString = (parameter: SearchParameter, text: string): FilterValue => ({
  kind: 'part-of-string',
  part: normalised(parameter, text),
});

export function parseExactString(parameter: SearchParameter, text: string): FilterValue {
  normalised(parameter, text);
  return { kind: 'exact-string', text: unescapeValue(text) };
}

/** `:text` of a token. */
export const parseTokenText = (parameter: SearchParameter, text: string): FilterValue => ({
  kind: 'text',
  start: normalised(parameter, text),
});

function normalised(parameter: SearchParameter, text: string): string {
  const found = normalise(unescapeValue(text));
  if (found === '') throw misfit(parameter, text, 'it is blank.');
  return found;
}
