/** StructureDefinitions of R4 as validation against profiles needs them: types by their elements, profiles and extensions by what they change. */
import { readAll } from './hl7-package.mjs';

const maximalValueSet = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet';
const kept = new Set(['path', 'sliceName', 'slicing', 'min', 'max', 'contentReference', 'maxLength']);
const choices = /^(?:fixed|pattern|minValue|maxValue)[A-Z]/;

const compactType = ({ code, profile, targetProfile }) => ({
  code,
  ...(profile && { profile }),
  ...(targetProfile && { targetProfile }),
});

const compactBinding = ({ strength, valueSet, extension = [] }) => {
  const maximal = extension.filter(({ url }) => url === maximalValueSet);
  return { strength, ...(valueSet && { valueSet }), ...(maximal.length > 0 && { extension: maximal }) };
};

const compactSlicing = ({ discriminator, ordered, rules }) => ({
  ...(discriminator && { discriminator }),
  ...(ordered && { ordered }),
  rules,
});

const compactConstraint = ({ key, severity, human, expression }) => ({ key, severity, human, expression });

const compactElement = (element, constraints) => ({
  ...Object.fromEntries(Object.entries(element).filter(([name]) => kept.has(name) || choices.test(name))),
  ...(element.slicing && { slicing: compactSlicing(element.slicing) }),
  ...(element.type && { type: element.type.map(compactType) }),
  ...(element.isModifier && { isModifier: true }),
  ...(element.binding && { binding: compactBinding(element.binding) }),
  ...(constraints && element.constraint && { constraint: element.constraint.map(compactConstraint) }),
});

/** The invariants of types are in a file of their own. */
const compactStructure = ({ version, name, kind, abstract, type, derivation, baseDefinition, ...rest }) => {
  const isType = derivation !== 'constraint';
  const view = isType ? 'snapshot' : 'differential';
  return {
    version,
    name,
    kind,
    ...(abstract && { abstract }),
    type,
    ...(derivation && { derivation }),
    ...(baseDefinition && { baseDefinition }),
    ...(rest.context && { context: rest.context }),
    ...(rest.contextInvariant && { contextInvariant: rest.contextInvariant }),
    [view]: { element: rest[view].element.map((element) => compactElement(element, !isType)) },
  };
};

const isUsable = ({ id, url, kind, snapshot, differential }) =>
  url && !id.startsWith('example') && kind !== 'logical' && snapshot && differential;

/** Canonical → definition. */
export const structureDefinitions = () =>
  Object.fromEntries(
    readAll('StructureDefinition')
      .filter(isUsable)
      .toSorted((one, other) => (one.url < other.url ? -1 : 1))
      .map((structure) => [structure.url, compactStructure(structure)]),
  );
