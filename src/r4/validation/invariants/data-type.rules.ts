import { isObject } from '../../json/json.js';
import { isContained } from '../references.js';
import { isNotAfter } from './date-order.js';
import { each } from '../../json/items.js';
import { anyOf, has, hasChoice, is, isAbove, numberOf, textOf, ucum } from './element.js';
import type { Rule, Rules } from './rule.js';

const needs =
  (name: string, ...other: readonly string[]): Rule =>
  (element) =>
    !has(element, name) || anyOf(element, ...other);
const exactlyOne =
  (first: string, second: string): Rule =>
  (element) =>
    has(element, first) !== has(element, second);
const isNotNegative =
  (name: string): Rule =>
  (element) =>
    (numberOf(element, name) ?? 0) >= 0;

const isUcum: Rule = (quantity) => !has(quantity, 'system') || is(quantity, 'system', ucum);
const hasCodeForValue: Rule = needs('value', 'code');

/** https://hl7.org/fhir/R4/datatypes.html and https://hl7.org/fhir/R4/metadatatypes.html */
export const dataTypeRules: Rules = {
  Age: {
    'age-1': (age, context) =>
      hasCodeForValue(age, context) && isUcum(age, context) && (numberOf(age, 'value') ?? 1) > 0,
  },
  Attachment: { 'att-1': needs('data', 'contentType') },
  ContactPoint: { 'cpt-2': needs('value', 'system') },
  Count: {
    'cnt-3': (count, context) =>
      hasCodeForValue(count, context) &&
      isUcum(count, context) &&
      (!has(count, 'code') || is(count, 'code', '1')) &&
      Number.isInteger(numberOf(count, 'value') ?? 0),
  },
  'DataRequirement.codeFilter': { 'drq-1': exactlyOne('path', 'searchParam') },
  'DataRequirement.dateFilter': { 'drq-2': exactlyOne('path', 'searchParam') },
  Distance: { 'dis-1': (distance, context) => hasCodeForValue(distance, context) && isUcum(distance, context) },
  Duration: {
    'drt-1': (duration) => !has(duration, 'code') || (is(duration, 'system', ucum) && has(duration, 'value')),
  },
  Expression: { 'exp-1': (expression) => anyOf(expression, 'expression', 'reference') },
  Extension: { 'ext-1': (extension) => has(extension, 'extension') !== hasChoice(extension, 'value') },
  Period: {
    'per-1': (period) => {
      const [start, end] = [textOf(period, 'start'), textOf(period, 'end')];
      return start === undefined || end === undefined || isNotAfter(start, end);
    },
  },
  Quantity: { 'qty-3': needs('code', 'system') },
  SimpleQuantity: { 'sqty-1': (quantity) => !has(quantity, 'comparator') },
  Range: { 'rng-2': (range) => !isAbove(range['low'], range['high']) },
  Ratio: {
    'rat-1': (ratio) => has(ratio, 'numerator') === has(ratio, 'denominator') && anyOf(ratio, 'numerator', 'extension'),
  },
  Reference: {
    'ref-1': (reference, context) => {
      const literal = textOf(reference, 'reference');
      return literal?.startsWith('#') !== true || isContained(literal, context);
    },
  },
  'Timing.repeat': {
    'tim-1': needs('duration', 'durationUnit'),
    'tim-2': needs('period', 'periodUnit'),
    'tim-4': isNotNegative('duration'),
    'tim-5': isNotNegative('period'),
    'tim-6': needs('periodMax', 'period'),
    'tim-7': needs('durationMax', 'duration'),
    'tim-8': needs('countMax', 'count'),
    'tim-9': (repeat) =>
      !has(repeat, 'offset') ||
      (has(repeat, 'when') && !each(repeat['when']).some((code) => ['C', 'CM', 'CD', 'CV'].includes(code as string))),
    'tim-10': (repeat) => !has(repeat, 'timeOfDay') || !has(repeat, 'when'),
  },
  TriggerDefinition: {
    'trd-1': (trigger) => !has(trigger, 'data') || !hasChoice(trigger, 'timing'),
    'trd-2': needs('condition', 'data'),
    'trd-3': (trigger) =>
      (!is(trigger, 'type', 'named-event') || has(trigger, 'name')) &&
      (!is(trigger, 'type', 'periodic') || hasChoice(trigger, 'timing')) &&
      (textOf(trigger, 'type')?.startsWith('data-') !== true || has(trigger, 'data')),
  },
  DomainResource: {
    'dom-6': (resource, { root }) =>
      resource !== root.resource || (isObject(resource['text']) && has(resource['text'], 'div')),
  },
};
