import { isObject, type JsonObject } from '../../json/json.js';
import { anyOf, has, hasChoice, is, isDistinct, objects, textOf, textsOf } from './element.js';
import type { Rule, Rules } from './rule.js';

const ofHl7 = 'http://hl7.org/fhir/StructureDefinition';
const systemType = /^http:\/\/hl7\.org\/fhirpath\/System\.[A-Z][A-Za-z]+$/;

const elements = (structure: JsonObject): readonly JsonObject[] => objects(structure, 'element');

const elementsOf = (definition: JsonObject, view: 'snapshot' | 'differential'): readonly JsonObject[] =>
  objects(definition, view).flatMap(elements);

const allElements = (definition: JsonObject): readonly JsonObject[] => [
  ...elementsOf(definition, 'snapshot'),
  ...elementsOf(definition, 'differential'),
];

const isRoot = (element: JsonObject): boolean => textOf(element, 'path')?.includes('.') === false;
const isLogical = (definition: JsonObject): boolean => is(definition, 'kind', 'logical');
const isOfHl7 = (definition: JsonObject): boolean => textOf(definition, 'url')?.startsWith(ofHl7) === true;
const haveIds = (found: readonly JsonObject[]): boolean => found.every((element) => has(element, 'id'));

const typeCodes = (found: readonly JsonObject[]): readonly string[] =>
  textsOf(
    found.flatMap((element) => objects(element, 'type')),
    'code',
  );

const hasDistinctIds =
  (view: 'snapshot' | 'differential'): Rule =>
  (definition) => {
    const found = elementsOf(definition, view);
    return haveIds(found) && isDistinct(textsOf(found, 'id'));
  };

/** Every path but the first starts with the root's name and a dot. */
const startWith = (found: readonly JsonObject[], start: string): boolean =>
  found.slice(1).every((element) => textOf(element, 'path')?.startsWith(`${start}.`) === true);

const firstPath = (structure: JsonObject): string | undefined => textOf(elements(structure)[0] ?? {}, 'path');

/** https://hl7.org/fhir/R4/structuredefinition.html#invs */
export const structureDefinitionRules: Rules = {
  StructureDefinition: {
    'sdf-1': (definition) =>
      is(definition, 'derivation', 'constraint') || isDistinct(textsOf(elementsOf(definition, 'snapshot'), 'path')),
    'sdf-15a': (definition) => {
      const first = elementsOf(definition, 'differential')[0];
      return isLogical(definition) || !first || !isRoot(first) || !has(first, 'type');
    },
    'sdf-4': (definition) => definition['abstract'] === true || has(definition, 'baseDefinition'),
    'sdf-5': (definition) =>
      !is(definition, 'type', 'Extension') ||
      is(definition, 'derivation', 'specialization') ||
      has(definition, 'context'),
    'sdf-6': (definition) => anyOf(definition, 'snapshot', 'differential'),
    'sdf-9': (definition) =>
      !allElements(definition).some((element) => isRoot(element) && anyOf(element, 'label', 'code', 'requirements')),
    'sdf-11': (definition) => {
      const { snapshot } = definition;
      return isLogical(definition) || !isObject(snapshot) || firstPath(snapshot) === textOf(definition, 'type');
    },
    'sdf-14': (definition) => haveIds(allElements(definition)),
    'sdf-15': (definition) => isLogical(definition) || !has(elementsOf(definition, 'snapshot')[0] ?? {}, 'type'),
    'sdf-16': hasDistinctIds('snapshot'),
    'sdf-17': hasDistinctIds('differential'),
    'sdf-18': (definition) => !has(definition, 'contextInvariant') || is(definition, 'type', 'Extension'),
    'sdf-19': (definition) =>
      !isOfHl7(definition) ||
      (typeCodes(elementsOf(definition, 'differential')).every((c) => /^[a-zA-Z0-9]+$/.test(c) || systemType.test(c)) &&
        typeCodes(elementsOf(definition, 'snapshot')).every((c) => /^[a-zA-Z0-9.]+$/.test(c) || systemType.test(c))),
    'sdf-21': (definition) =>
      is(definition, 'derivation', 'specialization') ||
      !elementsOf(definition, 'differential').some((element) => hasChoice(element, 'defaultValue')),
    'sdf-22': (definition) =>
      !isOfHl7(definition) || !allElements(definition).some((element) => hasChoice(element, 'defaultValue')),
    'sdf-23': (definition) => !allElements(definition).some((element) => isRoot(element) && has(element, 'sliceName')),
  },
  'StructureDefinition.mapping': { 'sdf-2': (mapping) => anyOf(mapping, 'name', 'uri') },
  'StructureDefinition.snapshot': {
    'sdf-3': (snapshot) =>
      elements(snapshot).every((element) => ['definition', 'min', 'max'].every((name) => has(element, name))),
    'sdf-8': (snapshot, { resource }) => {
      const first = firstPath(snapshot);
      const isRight = isLogical(resource) || first === textOf(resource, 'type');
      return first !== undefined && isRight && startWith(elements(snapshot), first);
    },
    'sdf-8b': (snapshot) => elements(snapshot).every((element) => has(element, 'base')),
  },
  'StructureDefinition.snapshot.element': {
    'sdf-10': ({ binding }) => !isObject(binding) || anyOf(binding, 'valueSet', 'description'),
  },
  'StructureDefinition.differential': {
    'sdf-8a': (differential, { resource }) => {
      const first = firstPath(differential) ?? '';
      const isRight = isLogical(resource) || first.startsWith(textOf(resource, 'type') ?? '');
      return isRight && startWith(elements(differential), first.split('.', 1)[0]!);
    },
    'sdf-20': (differential) => !elements(differential).some((element) => isRoot(element) && has(element, 'slicing')),
  },
};
