import type { FilterValue } from '../query/filter.js';
import { misfit } from './invalid-search-value.js';
import { type ParseValue, parserOf } from './parse-filter.js';
import type { SearchParameter } from '../parameters/search-parameter.js';
import { splitEscaped } from './split-escaped.js';

/** Reads the values of a composite, `$` between its components (https://hl7.org/fhir/R4/search.html#composite). */
export const compositeParser =
  (components: readonly SearchParameter[]): ParseValue =>
  (parameter, text, settings): FilterValue => {
    const texts = splitEscaped(text, '$');
    if (texts.length !== components.length || texts.includes('')) {
      const names = components.map(({ code, type }) => `${code} (${type})`).join('$');
      throw misfit(parameter, text, `it has ${components.length} values with "$" between: ${names}.`);
    }
    const parts = components.map((component, at) => parserOf(component, text)(component, texts[at] ?? '', settings));
    return { kind: 'composite', parts: parts.flat() };
  };
