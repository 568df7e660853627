import { elementsOf, isPrimitiveType, propertiesOf, type PropertyType } from '../../r4/model/elements.js';
import { isResourceType, resourceTypes } from '../../r4/model/resource-types.js';
import { ref, type Schema } from '../document.js';

/** Types that every document has, since routes of every kind name them. */
export const alwaysThere: readonly string[] = [
  'Bundle',
  'CapabilityStatement',
  'CodeSystem',
  'Meta',
  'OperationDefinition',
  'OperationOutcome',
  'Parameters',
];

/** JSON of the primitive types; the others are strings (https://hl7.org/fhir/R4/json.html#primitive). */
const primitives: Readonly<Record<string, Schema>> = {
  boolean: { type: 'boolean' },
  decimal: { type: 'number' },
  integer: { type: 'integer' },
  positiveInt: { type: 'integer', minimum: 1 },
  unsignedInt: { type: 'integer', minimum: 0 },
  instant: { type: 'string', format: 'date-time' },
};

/** Name of the component of a type: `Patient`, `HumanName`, `Patient.contact`. */
export const schemaOf = (type: string): Schema =>
  isPrimitiveType(type) ? (primitives[type] ?? { type: 'string' }) : { ...ref('schemas', type) };

const orNull = ({ type, ...schema }: Schema): Schema =>
  type === undefined ? { anyOf: [schema, { type: 'null' }] } : { ...schema, type: [type, 'null'] };

/** In lists, a primitive or its extensions may be null where the other is not (https://hl7.org/fhir/R4/json.html#primitive). */
function propertySchema(name: string, { type, repeats }: PropertyType): Schema {
  const schema = schemaOf(type);
  if (!repeats) return schema;
  return { type: 'array', items: name.startsWith('_') || isPrimitiveType(type) ? orNull(schema) : schema };
}

/** Definitions of R4 do not change. */
const structures = new Map<string, Schema>();

/**
 * Schemas of resource types and of what they are made of, from the definitions of R4: elements, types, repetition. What they do not
 * say (cardinality, bindings, invariants) `$validate` does.
 */
export function resourceSchemas(types: readonly string[]): Readonly<Record<string, Schema>> {
  const schemas: Record<string, Schema> = { Resource: anyResource };
  const waiting = [...types];
  for (let type = waiting.pop(); type !== undefined; type = waiting.pop()) {
    if (type in schemas || isPrimitiveType(type)) continue;
    const structure = structures.get(type) ?? structureOf(type);
    structures.set(type, structure);
    schemas[type] = structure;
    for (const element of elementsOf(type).values()) waiting.push(...element.types);
    waiting.push('Element');
  }
  return schemas;
}

/** Schemas of resource types without their elements: tools that follow every reference of a schema take minutes over those of R4. */
export const plainSchemas = (types: readonly string[]): Readonly<Record<string, Schema>> =>
  Object.fromEntries([...types, 'Resource'].map((type) => [type, resourceOf(type, {})]));

function structureOf(type: string): Schema {
  const properties = Object.fromEntries(
    [...propertiesOf(type)].map(([name, property]) => [name, propertySchema(name, property)]),
  );
  return isResourceType(type) ? resourceOf(type, properties) : { type: 'object', properties };
}

const resourceOf = (type: string, properties: Readonly<Record<string, Schema>>): Schema => ({
  type: 'object',
  required: ['resourceType'],
  properties: { resourceType: type === 'Resource' ? { type: 'string' } : { const: type }, ...properties },
  externalDocs: { url: `https://hl7.org/fhir/R4/${type.toLowerCase()}.html` },
});

/** Any resource: its type says which. */
const anyResource: Schema = {
  type: 'object',
  required: ['resourceType'],
  properties: {
    resourceType: { $ref: '#/components/schemas/ResourceType' },
    id: { type: 'string' },
    meta: ref('schemas', 'Meta'),
  },
};

export const resourceTypeSchema: Schema = { type: 'string', enum: [...resourceTypes].toSorted() };
