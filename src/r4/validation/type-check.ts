/** Turns the R4 definitions of a type into checks, once, when the type is first seen. */
import { readDefinitions } from '../model/definitions.js';
import {
  choiceProperty,
  elementsOf,
  type ElementTypes,
  isKnownType,
  isPrimitiveType,
  supertypes,
} from '../model/elements.js';
import type { JsonObject } from '../json/json.js';
import { isResourceType } from '../model/resource-types.js';
import { checkConcept, checkLanguageConcept } from './bindings.js';
import { checkElement } from './check-element.js';
import { primitiveCheck } from './check-primitive.js';
import { containedCheck, resourceCheck } from './check-resource.js';
import { checkInvariants, type Invariant, invariantsAt } from './invariants/invariant.js';
import type { ElementRules, Property, RequiredElement, TypeCheck, ValueCheck } from './property.js';
import { checkAbsolute, checkExtensionUrl, checkReferenceForm, checkTarget } from './references.js';
import { valueSetCodes } from '../model/value-sets.js';

type RuleTable = Readonly<Record<string, Readonly<Record<string, ElementRules>>>>;

/** An element as a type has it, its own rules and invariants included. */
interface Element {
  readonly name: string;
  readonly declaredBy: string;
  readonly definition: ElementTypes;
  readonly rules: ElementRules;
  /** Invariants of this element alone; those of its type come with the type. */
  readonly invariants: readonly Invariant[];
}

const cache = new Map<string, TypeCheck>();
let ruleTable: RuleTable | undefined;

/** For names of types that are defined. */
export function typeCheck(type: string): TypeCheck {
  let check = cache.get(type);
  if (!check) {
    check = compile(type);
    cache.set(type, check);
  }
  return check;
}

/** Checks a resource that stands by itself. */
export const checkResource: ValueCheck = resourceCheck(typeCheck);

function compile(type: string): TypeCheck {
  const lineage = supertypes(type);
  const properties = new Map<string, Property>();
  const required: RequiredElement[] = [];
  if (isResourceType(type)) properties.set('resourceType', resourceTypeProperty);
  for (const element of elementsIn(lineage, type)) {
    for (const property of propertiesOf(element)) properties.set(property.name, property);
    const { name, definition, rules } = element;
    if (rules.min) required.push({ element: name, isChoice: definition.choice, types: definition.types });
  }
  const invariants = lineage.toReversed().flatMap(invariantsAt);
  return { type, properties, required, invariants };
}

const resourceTypeProperty: Property = {
  name: 'resourceType',
  element: 'resourceType',
  type: 'code',
  repeats: false,
  isChoice: false,
  isPrimitive: false,
  // Looked at before the type is known.
  check: () => undefined,
};

function* elementsIn(lineage: readonly string[], type: string): Generator<Element> {
  for (const [name, definition] of elementsOf(type)) {
    const paths = lineage.map((ancestor) => `${ancestor}.${name}`);
    const invariants = paths.filter((path) => !isKnownType(path)).flatMap(invariantsAt);
    yield { name, declaredBy: type, definition, rules: rulesOf(lineage, name), invariants };
  }
}

/** The rules stand where the element is declared, which may be in a type that this one specialises. */
function rulesOf(lineage: readonly string[], element: string): ElementRules {
  ruleTable ??= readDefinitions('element-rules.json') as RuleTable;
  for (const type of lineage) {
    const rules = ruleTable[type]?.[element];
    if (rules) return rules;
  }
  return {};
}

function* propertiesOf(element: Element): Generator<Property> {
  const { name: elementName, definition } = element;
  for (const type of definition.types) {
    const name = definition.choice ? choiceProperty(elementName, type) : elementName;
    const isPrimitive = isPrimitiveType(type);
    const shared = { element: elementName, repeats: definition.repeats, isChoice: definition.choice };
    yield { ...shared, name, type, isPrimitive, check: valueCheck(type, element) };
    if (isPrimitive && !isAttribute(element, type)) {
      const check = elementCheck('Element');
      yield { ...shared, name: `_${name}`, type: 'Element', isPrimitive: false, siblingOf: name, check };
    }
  }
}

/** Ids, the url of an Extension and XHTML are attributes or markup in XML, so they cannot carry extensions. */
const isAttribute = ({ name, declaredBy }: Element, type: string): boolean =>
  name === 'id' || type === 'xhtml' || isExtensionUrl({ name, declaredBy });

const isExtensionUrl = ({ name, declaredBy }: Pick<Element, 'name' | 'declaredBy'>): boolean =>
  name === 'url' && declaredBy === 'Extension';

function valueCheck(type: string, element: Element): ValueCheck {
  const checks = [typeValueCheck(type, element), ...followUps(type, element)];
  const invariants = invariantsOf(type, element);
  if (invariants.length > 0) checks.push((value, run) => checkInvariants(invariants, value, run));
  const [first, ...rest] = checks as [ValueCheck, ...ValueCheck[]];
  if (rest.length === 0) return first;
  return (value, run) => {
    const before = run.broken;
    first(value, run);
    if (run.broken !== before) return;
    for (const check of rest) check(value, run);
  };
}

/** Rules of a choice are about its complex types. */
function invariantsOf(type: string, { definition, rules, invariants }: Element): readonly Invariant[] {
  const own = definition.choice && isPrimitiveType(type) ? [] : invariants;
  return rules.profile !== undefined && type === 'Quantity' ? [...own, ...invariantsAt(rules.profile)] : own;
}

function typeValueCheck(type: string, { name, rules }: Element): ValueCheck {
  if (isPrimitiveType(type)) return primitiveCheck(type, rules);
  if (type !== 'Resource') return elementCheck(type);
  return name === 'contained' ? containedCheck(typeCheck) : checkResource;
}

function elementCheck(type: string): ValueCheck {
  // Made when first needed, for types hold each other.
  let compiled: TypeCheck | undefined;
  return (value, run, isValued) => checkElement(value, (compiled ??= typeCheck(type)), run, isValued);
}

/** Yields the checks of a value that has the shape of its type. */
function* followUps(type: string, element: Element): Generator<ValueCheck> {
  const { targets, values, language } = element.rules;
  if (type === 'Reference') {
    yield (value, run) => checkReferenceForm(value as JsonObject, run);
    const allowed = targets && new Set(targets);
    if (allowed) yield (value, run) => checkTarget(value, allowed, run);
  }
  if (type === 'CodeableConcept') {
    const valueSet = values === undefined ? undefined : valueSetCodes(values);
    if (valueSet) yield (value, run) => checkConcept(value, valueSet, run);
    if (language) yield checkLanguageConcept;
  }
  if (type === 'uri') yield* urlChecks(element);
}

function* urlChecks(element: Element): Generator<ValueCheck> {
  if (isIdentity(element)) yield checkAbsolute;
  if (isExtensionUrl(element)) yield checkExtensionUrl;
}

/**
 * Definitions and entries of a Bundle are named by absolute URLs
 * (https://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.fullUrl).
 */
const isIdentity = ({ name, declaredBy }: Element): boolean =>
  (name === 'url' && isResourceType(declaredBy)) || (name === 'fullUrl' && declaredBy === 'Bundle.entry');
