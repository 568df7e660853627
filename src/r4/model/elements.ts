import { readDefinitions } from './definitions.js';

/** Definition of an element: its types (several for a choice) and whether it repeats. */
export interface ElementTypes {
  /** Data types, resource types, or the path of a backbone element such as `Patient.contact`. */
  readonly types: readonly string[];
  readonly repeats: boolean;
  /** The code system that a `code` element implies through its binding. */
  readonly system?: string;
  /** The value set of its binding, where that has codes of several systems. */
  readonly valueSet?: string;
  /** A choice: written `value[x]` in the specification, `valueQuantity` in JSON. */
  readonly choice: boolean;
}

/** The one type that a JSON property has. */
export interface PropertyType {
  readonly type: string;
  readonly repeats: boolean;
}

interface Structure {
  readonly extends: string;
  readonly primitive?: boolean;
  readonly elements?: Readonly<Record<string, string>>;
}

const structures = new Map(Object.entries(readDefinitions('elements.json') as Record<string, Structure>));
const elementCache = new Map<string, ReadonlyMap<string, ElementTypes>>();
const propertyCache = new Map<string, ReadonlyMap<string, PropertyType>>();

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The JSON property of a choice element for one type: `value`, `dateTime` → `valueDateTime`. */
export const choiceProperty = (element: string, type: string): string => element + capitalised(type);

export const isKnownType = (type: string): boolean => structures.has(type);
export const isPrimitiveType = (type: string): boolean => structures.get(type)?.primitive === true;

/** Every primitive and complex data type, without resources and backbone elements. */
export const dataTypes = (): readonly string[] =>
  [...structures.keys()].filter((type) => !type.includes('.') && !supertypes(type).includes('Resource'));

/** The type and everything it specialises, nearest first: `Age` → `Age`, `Quantity`, `Element`. */
export function supertypes(type: string): readonly string[] {
  const result: string[] = [];
  for (let name = type; name; name = structures.get(name)?.extends ?? '') result.push(name);
  return result;
}

function parseElement(text: string, choice: boolean): ElementTypes {
  const [definition = '', implied] = text.split(' ', 2);
  const repeats = definition.endsWith('*');
  const types = (repeats ? definition.slice(0, -1) : definition).split('|');
  if (implied === undefined) return { types, repeats, choice };
  const ofSeveral = implied.startsWith('^');
  return { types, repeats, choice, ...(ofSeveral ? { valueSet: implied.slice(1) } : { system: implied }) };
}

/** Every element of a type, inherited ones included, by its FHIRPath name (`value`, not `value[x]`). */
export function elementsOf(type: string): ReadonlyMap<string, ElementTypes> {
  let elements = elementCache.get(type);
  if (elements) return elements;
  const collected = new Map<string, ElementTypes>();
  for (const name of supertypes(type).toReversed()) {
    for (const [element, text] of Object.entries(structures.get(name)?.elements ?? {})) {
      const choice = element.endsWith('[x]');
      collected.set(choice ? element.slice(0, -3) : element, parseElement(text, choice));
    }
  }
  elements = collected;
  if (structures.has(type)) elementCache.set(type, elements);
  return elements;
}

/** The types of an element by its FHIRPath name; undefined when the type has no such element. */
export const elementTypes = (type: string, element: string): ElementTypes | undefined => elementsOf(type).get(element);

/** Every JSON property of a type, and the one type that it has. */
export function propertiesOf(type: string): ReadonlyMap<string, PropertyType> {
  let properties = propertyCache.get(type);
  if (properties) return properties;
  const collected = new Map<string, PropertyType>();
  for (const [element, { types, repeats, choice }] of elementsOf(type)) {
    for (const name of types) {
      const property = choice ? choiceProperty(element, name) : element;
      collected.set(property, { type: name, repeats });
      // The sibling that carries id and extensions of a primitive (https://hl7.org/fhir/R4/json.html#primitive).
      if (isPrimitiveType(name)) collected.set(`_${property}`, { type: 'Element', repeats });
    }
  }
  properties = collected;
  if (structures.has(type)) propertyCache.set(type, properties);
  return properties;
}

/**
 * The type of a JSON property: `propertyType('Observation', 'valueQuantity')` is `Quantity`, `('Patient', 'contact')` is
 * `Patient.contact`, whose own properties are asked for with that name. `Resource` means: look at `resourceType`.
 */
export const propertyType = (type: string, property: string): PropertyType | undefined =>
  propertiesOf(type).get(property);
