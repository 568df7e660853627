import { canonicalUnit, ucumCodeOf, ucumSystem } from './canonical-unit.js';
import type { FilterValue, UnitChoice } from '../query/filter.js';
import { misfit } from './invalid-search-value.js';
import { parseBounds } from './parse-number-value.js';
import type { SearchParameter } from '../parameters/search-parameter.js';
import { splitEscaped, unescapeValue } from './split-escaped.js';

/**
 * `number`, `number|system|code` or `number||code` (https://hl7.org/fhir/R4/search.html#quantity); beyond R4
 * `number|system` for any unit of a system. With UCUM the value is compared in whatever unit of its kind it was written.
 */
export function parseQuantityValue(parameter: SearchParameter, text: string): FilterValue {
  const { number, system, code } = splitQuantity(parameter, text);
  const isUcum = system === ucumSystem && code !== '';
  const canonical = isUcum ? canonicalUnit(code) : undefined;
  const bounds = parseBounds(parameter, text, number, canonical?.factor);
  if (canonical) return { kind: 'quantity', ...bounds, unit: { unit: `${canonical.code}|ucum:canonical` } };
  if (isUcum && ucumCodeOf(code) === undefined) {
    const fact = `${code} is no unit of UCUM, so it cannot be compared; ${number}||${code} finds what was written so.`;
    throw misfit(parameter, text, fact);
  }
  return { kind: 'quantity', ...bounds, unit: unitOf(system, code) };
}

function splitQuantity(parameter: SearchParameter, text: string) {
  const [number = '', system = '', code = '', ...more] = splitEscaped(text, '|').map(unescapeValue);
  if (more.length === 0) return { number, system, code };
  throw misfit(parameter, text, 'it has at most three parts: number, system and code.');
}

function unitOf(system: string, code: string): UnitChoice {
  if (code === '') return system === '' ? {} : { system };
  return system === '' ? { code } : { unit: `${code}|${system}` };
}
