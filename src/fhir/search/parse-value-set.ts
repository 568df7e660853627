import { valueSetCodes } from '../model/value-sets.js';
import type { FilterValue } from './filter.js';
import { misfit } from './invalid-search-value.js';
import type { SearchParameter } from './search-parameter.js';
import { unescapeValue } from './split-escaped.js';

/** The codes of a value set, for `:in` and `:not-in`: those that R4's required bindings name are known. */
export function parseValueSet(parameter: SearchParameter, text: string): readonly FilterValue[] {
  const url = unescapeValue(text);
  const found = valueSetCodes(url);
  if (!found) {
    const fact =
      'this server cannot expand it; it knows the value sets of the required bindings of R4, by their canonical URL without version.';
    throw misfit(parameter, text, fact, 'http://hl7.org/fhir/ValueSet/administrative-gender');
  }
  return [...found.systems].flatMap(([system, codes]) => [...codes].map((code) => ({ kind: 'token', system, code })));
}
