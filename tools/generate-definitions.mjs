/**
 * Writes the compact R4 definitions in definitions/r4 from HL7's example package. Run it by hand after a change here:
 * `node tools/generate-definitions.mjs`. A unit test compares its output with what is committed.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { elementFlags } from './element-flags.mjs';
import { elementRules } from './element-rules.mjs';
import { canonicalBase, isInherited, readAll, typeDefinitions } from './hl7-package.mjs';
import { invariants } from './invariants.mjs';
import { structureDefinitions } from './structures.mjs';
import { codeSystems, valueSetDefinitions } from './terminology.mjs';
import { expandValueSets } from './value-sets.mjs';

const target = fileURLToPath(new URL('../definitions/r4/', import.meta.url));

const fhirTypeExtension = `${canonicalBase}structuredefinition-fhir-type`;

/** One entry a line, so that a diff shows what changed. */
const lines = (value) =>
  Array.isArray(value)
    ? `[\n${value.map((item) => JSON.stringify(item)).join(',\n')}\n]\n`
    : `{\n${Object.entries(value)
        .map(([key, item]) => `${JSON.stringify(key)}:${JSON.stringify(item)}`)
        .join(',\n')}\n}\n`;

/** Three SearchParameters of the package are illustrations; some have neither base nor expression. */
const isUsable = (parameter) =>
  parameter.base &&
  !parameter.id.startsWith('example') &&
  (parameter.expression || parameter.base.includes('Resource') || parameter.base.includes('DomainResource'));

// Two mistakes of HL7: `DateTime` is no FHIR type, and the definitions of DocumentReference's `relationship` are swapped.
const compactComponents = ({ id, component }) => {
  const [first, second] = component;
  const components = id === 'DocumentReference-relationship' ? swapExpressions(first, second) : component;
  return components.map(({ definition, expression }) => ({
    definition,
    expression: expression.replace('as(DateTime)', 'as(dateTime)'),
  }));
};

const swapExpressions = (first, second) => [
  { definition: first.definition, expression: second.expression },
  { definition: second.definition, expression: first.expression },
];

const compactParameter = (parameter) => ({
  code: parameter.code,
  type: parameter.type,
  url: parameter.url,
  base: parameter.base,
  ...(parameter.expression && { expression: parameter.expression }),
  ...(parameter.target && { target: parameter.target }),
  ...(parameter.component && { component: compactComponents(parameter) }),
});

/** By the type whose resources the compartments are of; one of the definitions is an illustration. */
const compartmentParameters = (definitions) =>
  Object.fromEntries(
    definitions
      .filter(({ id }) => id !== 'example')
      .map(({ code, resource }) => [
        code,
        Object.fromEntries(resource.filter((entry) => entry.param).map((entry) => [entry.code, entry.param])),
      ]),
  );

/** The one code system of a value set, which a `code` element implies (https://hl7.org/fhir/R4/search.html#token). */
const singleSystem = (valueSet) => {
  const systems = new Set(valueSet.compose?.include?.map((include) => include.system));
  const [system] = systems;
  return systems.size === 1 && system ? system : undefined;
};

const typeCode = (element, type) => {
  if (element.path === 'Resource.id') return 'id';
  const fhirType = type.extension?.find((extension) => extension.url === fhirTypeExtension);
  const code = fhirType?.valueUrl ?? fhirType?.valueUri ?? type.code;
  return code === 'BackboneElement' || code === 'Element' ? element.path : code;
};

const typeCodes = (element) =>
  element.contentReference ? [element.contentReference.slice(1)] : element.type.map((type) => typeCode(element, type));

const boundValueSet = ({ binding }) => binding?.valueSet?.split('|')[0];

/** `HumanName*` repeats; `boolean|dateTime` is a choice; `code http://…` implies that code system, `code ^http://…` those of that value set. */
const compactElement = (element, systems) => {
  const types = typeCodes(element);
  const system = types[0] === 'code' && systems.get(boundValueSet(element));
  return `${types.join('|')}${element.max === '1' ? '' : '*'}${system ? ` ${system}` : ''}`;
};

const structuresOf = (definition, systems) => {
  const structure = { extends: definition.baseDefinition?.slice(canonicalBase.length) ?? '' };
  return definition.kind === 'primitive-type'
    ? { [definition.type]: { ...structure, primitive: true } }
    : { [definition.type]: structure, ...addElements(definition, structure, systems) };
};

/** Fills the structure of a definition, and makes those of its backbone elements. */
const addElements = (definition, structure, systems) => {
  const structures = { [definition.type]: structure };
  for (const element of definition.snapshot.element) {
    if (isInherited(definition, element)) continue;
    const parent = element.path.slice(0, element.path.lastIndexOf('.'));
    (structures[parent].elements ??= {})[element.path.slice(parent.length + 1)] = compactElement(element, systems);
    const backbone = element.type?.find((type) => type.code === 'BackboneElement' || type.code === 'Element');
    if (backbone) structures[element.path] = { extends: backbone.code };
  }
  return structures;
};

const boundValueSets = (rules) =>
  new Set(Object.values(rules).flatMap((elements) => Object.values(elements).flatMap(({ values = [] }) => values)));

/** File name → text of every committed definition file. */
export function generateDefinitions() {
  const definitions = typeDefinitions();
  const concrete = definitions.filter(({ kind, abstract }) => kind === 'resource' && !abstract);
  const rules = elementRules(definitions);
  const expanded = expandValueSets(boundValueSets(rules));
  const several = Object.keys(expanded).filter((url) => Object.keys(Object(expanded[url])).length > 1);
  const single = readAll('ValueSet').map((valueSet) => [valueSet.url, singleSystem(valueSet)]);
  const systems = new Map([...several.map((url) => [url, `^${url}`]), ...single.filter(([, system]) => system)]);
  return {
    'types.json': lines(concrete.map(({ type }) => type)),
    'search-parameters.json': lines(readAll('SearchParameter').filter(isUsable).map(compactParameter)),
    'compartments.json': lines(compartmentParameters(readAll('CompartmentDefinition'))),
    'elements.json': lines(Object.assign({}, ...definitions.map((definition) => structuresOf(definition, systems)))),
    'element-rules.json': lines(rules),
    'element-flags.json': lines(elementFlags(definitions)),
    'invariants.json': lines(invariants(definitions)),
    'structures.json': lines(structureDefinitions()),
    'value-sets.json': lines(expanded),
    'code-systems.json': lines(codeSystems()),
    'value-set-definitions.json': lines(valueSetDefinitions()),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [file, text] of Object.entries(generateDefinitions())) writeFileSync(join(target, file), text);
}
