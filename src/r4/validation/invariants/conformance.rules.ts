import { isObject, type Json, type JsonObject } from '../../json/json.js';
import { each } from '../../json/items.js';
import {
  anyOf,
  countOf,
  descend,
  has,
  hasChoice,
  is,
  isDistinct,
  numberOf,
  objects,
  textOf,
  textsOf,
} from './element.js';
import type { Rule, Rules } from './rule.js';

const computableName = /^[A-Z][A-Za-z0-9_]{0,254}$/;
const sliceName = /^[a-zA-Z0-9/\-_[\]@]+$/;
const elementPath =
  /^[^\s.,:;'"/|?!@#$%&*()[\]{}]{1,64}(?:\.[^\s.,:;'"/|?!@#$%&*()[\]{}]{1,64}(?:\[x\])?(?::[^\s.]+)?)*$/;
const simplePath = /^[A-Za-z][A-Za-z0-9]*(?:\.[a-z][A-Za-z0-9]*(?:\[x\])?)*$/;

/** A warning that every conformance resource has, each with a key of its own, such as `vsd-0`. */
export const hasComputableName: Rule = (resource) => computableName.test(textOf(resource, 'name') ?? 'None');

/** `ElementDefinition.max`, the one primitive with a rule. */
export const isMaximum = (value: Json): boolean =>
  value === '*' || (typeof value === 'string' && /^\+?\d+$/.test(value));

const isFreeOf = (element: JsonObject, choices: readonly string[], names: readonly string[]): boolean =>
  !names.some((name) => has(element, name)) && !choices.some((name) => hasChoice(element, name));

const isIntegerUpTo = (low: number | undefined, high: string | undefined): boolean =>
  low === undefined || high === undefined || high === '*' || low <= Number(high);

/** The rules of definitions, those that come in thousands above all. */
export const conformanceRules: Rules = {
  CodeSystem: { 'csd-1': (codeSystem) => isDistinct(textsOf(descend(codeSystem, 'concept'), 'code')) },
  'ConceptMap.group.element.target': {
    'cmd-1': (target) => has(target, 'comment') || !is(target, 'equivalence', 'narrower', 'inexact'),
  },
  'ConceptMap.group.unmapped': {
    'cmd-2': (unmapped) => !is(unmapped, 'mode', 'fixed') || has(unmapped, 'code'),
    'cmd-3': (unmapped) => !is(unmapped, 'mode', 'other-map') || has(unmapped, 'url'),
  },
  ElementDefinition: {
    'eld-2': (element) => isIntegerUpTo(numberOf(element, 'min'), textOf(element, 'max')),
    'eld-5': (element) =>
      !has(element, 'contentReference') ||
      isFreeOf(
        element,
        ['defaultValue', 'fixed', 'pattern', 'minValue', 'maxValue'],
        ['type', 'example', 'maxLength', 'binding'],
      ),
    'eld-6': (element) => !hasChoice(element, 'fixed') || countOf(element, 'type') <= 1,
    'eld-7': (element) => !hasChoice(element, 'pattern') || countOf(element, 'type') <= 1,
    'eld-8': (element) => !hasChoice(element, 'pattern') || !hasChoice(element, 'fixed'),
    // As published it holds whatever the types are: it asks whether any comparison was made.
    'eld-11': () => true,
    'eld-13': (element) => isDistinct(textsOf(objects(element, 'type'), 'code')),
    'eld-14': (element) => isDistinct(textsOf(objects(element, 'constraint'), 'key')),
    'eld-15': (element) => !hasChoice(element, 'defaultValue') || !has(element, 'meaningWhenMissing'),
    'eld-16': (element) => sliceName.test(textOf(element, 'sliceName') ?? 'none'),
    'eld-18': (element) => element['isModifier'] !== true || has(element, 'isModifierReason'),
    'eld-19': (element) => elementPath.test(textOf(element, 'path') ?? ''),
    'eld-20': (element) => simplePath.test(textOf(element, 'path') ?? ''),
    'eld-22': (element) => !has(element, 'sliceIsConstraining') || has(element, 'sliceName'),
  },
  'ElementDefinition.slicing': { 'eld-1': (slicing) => anyOf(slicing, 'discriminator', 'description') },
  'ElementDefinition.type': {
    'eld-4': (type) => !has(type, 'aggregation') || is(type, 'code', 'Reference', 'canonical'),
    'eld-17': (type) => is(type, 'code', 'Reference', 'canonical') || !has(type, 'targetProfile'),
  },
  'ElementDefinition.constraint': { 'eld-21': (constraint) => has(constraint, 'expression') },
  'ElementDefinition.binding': {
    'eld-12': (binding) => !has(binding, 'valueSet') || /^(?:http:|https|urn:)/.test(textOf(binding, 'valueSet') ?? ''),
  },
  ImplementationGuide: {
    'ig-2': (guide) => {
      const versions = new Set(each(guide['fhirVersion']));
      const { definition } = guide;
      const resources = isObject(definition) ? objects(definition, 'resource') : [];
      return resources.every((resource) => each(resource['fhirVersion']).every((version) => versions.has(version)));
    },
  },
  'ImplementationGuide.definition': {
    'ig-1': (definition) => {
      const groupings = new Set(textsOf(objects(definition, 'grouping'), 'id'));
      return textsOf(objects(definition, 'resource'), 'groupingId').every((id) => groupings.has(id));
    },
  },
  'OperationDefinition.parameter': {
    'opd-1': (parameter) => anyOf(parameter, 'type', 'part'),
    'opd-2': (parameter) => !has(parameter, 'searchType') || is(parameter, 'type', 'string'),
    'opd-3': (parameter) => !has(parameter, 'targetProfile') || is(parameter, 'type', 'Reference', 'canonical'),
  },
  SearchParameter: {
    'spd-1': (parameter) => !has(parameter, 'xpath') || has(parameter, 'xpathUsage'),
    'spd-2': (parameter) => !has(parameter, 'chain') || is(parameter, 'type', 'reference'),
  },
  'ValueSet.compose.include': {
    'vsd-1': (include) => anyOf(include, 'valueSet', 'system'),
    'vsd-2': (include) => !anyOf(include, 'concept', 'filter') || has(include, 'system'),
    'vsd-3': (include) => !has(include, 'concept') || !has(include, 'filter'),
  },
  'ValueSet.expansion.contains': {
    'vsd-6': (contains) => anyOf(contains, 'code', 'display'),
    'vsd-9': (contains) => has(contains, 'code') || contains['abstract'] === true,
    'vsd-10': (contains) => !has(contains, 'code') || has(contains, 'system'),
  },
};
