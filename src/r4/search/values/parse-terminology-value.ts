import type { FilterValue } from '../query/filter.js';
import { misfit } from './invalid-search-value.js';
import type { ParseValue } from './parse-filter.js';
import { parseTokenValue } from './parse-token-value.js';
import type { SearchParameter } from '../parameters/search-parameter.js';
import { unescapeValue } from './split-escaped.js';

const relative = /^ValueSet\/[A-Za-z0-9\-.]{1,64}$/;
const absolute = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$/;

/** `:in` and `:not-in`: a canonical, with or without version, or `ValueSet/id` (https://hl7.org/fhir/R4/search.html#token). */
export function parseValueSet(parameter: SearchParameter, text: string): FilterValue {
  const valueSet = unescapeValue(text);
  if (!relative.test(valueSet) && !absolute.test(valueSet)) {
    const fact = 'a value set is named by its canonical URL, with |version or without, or as ValueSet/id.';
    throw misfit(parameter, text, fact, 'http://hl7.org/fhir/ValueSet/administrative-gender');
  }
  return { kind: 'in', valueSet, asked: { parameter: parameter.code, text } };
}

/** `:above` and `:below`: `system|code`. */
export const parseSubsumption =
  (direction: 'above' | 'below'): ParseValue =>
  (parameter, text) => {
    const { system, code } = parseTokenValue(parameter, text);
    if (!system || code === undefined) {
      const fact = 'the hierarchy of codes is that of a code system, so it is written system|code.';
      throw misfit(parameter, text, fact, 'http://terminology.hl7.org/CodeSystem/v3-ActCode|_ActEncounterCode');
    }
    return { kind: 'subsumption', direction, system, code, asked: { parameter: parameter.code, text } };
  };
