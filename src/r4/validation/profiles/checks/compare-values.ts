/** Fixed values and patterns (https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.fixed_x_). */
import { equalJson } from '../../../json/equal-json.js';
import { ExactNumber, isObject, type Json } from '../../../json/json.js';

const isNumber = (value: Json | undefined): boolean => typeof value === 'number' || value instanceof ExactNumber;

const equalNumbers = (left: Json | undefined, right: Json | undefined): boolean =>
  isNumber(left) && isNumber(right) && Number(left) === Number(right);

/** All of it, and nothing else. */
export const equalsFixed = (value: Json | undefined, fixed: Json): boolean => equalJson(value, fixed, equalNumbers);

/** At least what the pattern has; each item of an array of it in any place. */
export function matchesPattern(value: Json | undefined, pattern: Json): boolean {
  if (Array.isArray(pattern)) {
    if (!Array.isArray(value)) return false;
    const items = value as readonly Json[];
    return (pattern as readonly Json[]).every((wanted) => items.some((item) => matchesPattern(item, wanted)));
  }
  if (!isObject(pattern)) return equalsFixed(value, pattern);
  if (!isObject(value)) return false;
  for (const name in pattern) {
    if (!matchesPattern(value[name], pattern[name] as Json)) return false;
  }
  return true;
}
