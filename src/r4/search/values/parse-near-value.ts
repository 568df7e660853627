import { canonicalUnit } from './canonical-unit.js';
import type { FilterValue } from '../query/filter.js';
import { misfit } from './invalid-search-value.js';
import type { SearchParameter } from '../parameters/search-parameter.js';
import { splitEscaped, unescapeValue } from './split-escaped.js';

const decimal = /^-?\d{1,3}(?:\.\d{1,20})?$/;
const distancePattern = /^\d{1,9}(?:\.\d{1,20})?$/;

/** `latitude|longitude|distance|units` in degrees and km or another UCUM length (https://hl7.org/fhir/R4/location.html#positional). */
export function parseNearValue(parameter: SearchParameter, text: string): FilterValue {
  const [north = '', east = '', ...distance] = splitEscaped(text, '|').map(unescapeValue);
  const latitude = degrees(north, 90);
  const longitude = degrees(east, 180);
  if (latitude === undefined || longitude === undefined || distance.length > 2) {
    throw misfit(parameter, text, 'it is latitude|longitude|distance|units, the first two in degrees.');
  }
  return { kind: 'near', latitude, longitude, metres: metresOf(parameter, text, distance) };
}

function metresOf(parameter: SearchParameter, text: string, [far = '', units = '']: readonly string[]): number {
  if (!distancePattern.test(far)) throw misfit(parameter, text, 'the distance is a number that is not negative.');
  const unit = canonicalUnit(units === '' ? 'km' : units);
  if (unit?.code !== 'm1') throw misfit(parameter, text, 'the units are a UCUM length, such as km, m or [mi_i].');
  const { digits, scale } = unit.factor;
  return (Number(far) * Number(digits)) / 10 ** scale;
}

function degrees(text: string, most: number): number | undefined {
  const value = decimal.test(text) ? Number(text) : Number.NaN;
  return Math.abs(value) <= most ? value : undefined;
}
