import { ExactNumber, isObject, type Json } from '../../../json/json.js';
import type { ElementNode } from '../model/element-node.js';
import type { ProfileRun } from '../profile-run.js';
import { valueText } from './value-text.js';

/** Longest text, smallest and largest value (https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.minValue_x_). */
export function checkBounds(node: ElementNode, value: Json, run: ProfileRun): void {
  const { minValue, maxValue, maxLength } = node;
  if (maxLength !== undefined && typeof value === 'string' && value.length > maxLength) {
    run.report(node, {
      code: 'text-too-long',
      expected: `at most ${maxLength} characters`,
      found: `${value.length}`,
      cure: 'Send a shorter text.',
    });
  }
  if (minValue !== undefined && compared(value, minValue) < 0)
    reportRange(node, `at least ${valueText(minValue)}`, value, run);
  if (maxValue !== undefined && compared(value, maxValue) > 0)
    reportRange(node, `at most ${valueText(maxValue)}`, value, run);
}

const reportRange = (node: ElementNode, expected: string, value: Json, run: ProfileRun): void =>
  run.report(node, {
    code: 'value-out-of-range',
    expected,
    found: valueText(value),
    cure: 'Send a value in the range.',
  });

/** Numbers, and dates of one precision, can be compared; of a Quantity its value, where the units are the same. 0 where they cannot. */
function compared(value: Json | undefined, bound: Json | undefined): number {
  if (isObject(value) && isObject(bound))
    return value['code'] === bound['code'] ? compared(value['value'], bound['value']) : 0;
  if (typeof value === 'string' && typeof bound === 'string') return comparedTexts(value, bound);
  return isNumber(value) && isNumber(bound) ? Number(value) - Number(bound) : 0;
}

const comparedTexts = (value: string, bound: string): number =>
  value.length !== bound.length || value === bound ? 0 : value < bound ? -1 : 1;

const isNumber = (value: Json | undefined): value is number | ExactNumber =>
  typeof value === 'number' || value instanceof ExactNumber;
