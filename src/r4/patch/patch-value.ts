import { isPrimitiveType, propertyType } from '../model/elements.js';
import { ExactNumber, isObject, type Json, type JsonObject } from '../json/json.js';
import { isResourceType } from '../model/resource-types.js';
import type { Entry } from './fhirpath/element-entries.js';
import { malformed } from './operation-fault.js';

/** A value as a patch gives it. */
export type PatchValue =
  /** `valueX`, or a resource. */
  | { readonly kind: 'whole'; readonly type: string; readonly entry: Entry }
  /** Elements by name, for types without a `valueX` of their own (https://hl7.org/fhir/R4/fhirpatch.html). */
  | { readonly kind: 'parts'; readonly parts: readonly NamedValue[] };

export interface NamedValue {
  readonly name: string;
  readonly value: PatchValue;
}

/** Reads what a parameter or part holds. */
export function parsePatchValue(part: JsonObject): PatchValue {
  const names = Object.keys(part).filter((name) => /^(?:_?value[A-Z]|part$|resource$)/.test(name));
  const properties = new Set(names.map((name) => name.replace('_', '')));
  const [property] = properties;
  if (property === undefined || properties.size > 1) {
    throw malformed(`The part ${nameFact(part)} must have one value: valueX, part or resource.`, 'required');
  }
  if (property === 'part') return { kind: 'parts', parts: parseParts(part['part']) };
  if (property === 'resource') return parseResource(part['resource']);
  return parseTyped(part, property);
}

const nameFact = ({ name }: JsonObject): string => (typeof name === 'string' ? `"${name}"` : 'without a name');

function parseParts(parts: Json | undefined): readonly NamedValue[] {
  if (!Array.isArray(parts) || parts.length === 0) throw malformed('"part" must be an array of parts.', 'structure');
  return (parts as readonly Json[]).map((part) => {
    const name = isObject(part) ? part['name'] : undefined;
    if (!isObject(part) || typeof name !== 'string') throw malformed('Each part must have a name.', 'required');
    return { name, value: parsePatchValue(part) };
  });
}

function parseResource(resource: Json | undefined): PatchValue {
  const type = isObject(resource) ? resource['resourceType'] : undefined;
  if (typeof type !== 'string' || !isResourceType(type)) throw malformed('"resource" is not a FHIR resource.');
  return { kind: 'whole', type, entry: { value: resource } };
}

function parseTyped(part: JsonObject, property: string): PatchValue {
  const type = propertyType('Parameters.parameter', property)?.type;
  if (type === undefined) throw malformed(`"${property}" is not a value of Parameters.`);
  const value = part[property];
  const sibling = part[`_${property}`];
  if (value !== undefined && !hasShape(value, type))
    throw malformed(`"${property}" must be ${shapeOf(type)}.`, 'value');
  if (sibling !== undefined && !(isPrimitiveType(type) && isObject(sibling))) {
    throw malformed(`"_${property}" must be an object beside a primitive.`, 'structure');
  }
  return { kind: 'whole', type, entry: { value, sibling } };
}

const numbers = new Set(['integer', 'positiveInt', 'unsignedInt', 'decimal']);

/** Returns the kind of JSON value that a type is written as (https://hl7.org/fhir/R4/json.html). */
export function shapeOf(type: string): 'an object' | 'true or false' | 'a number' | 'a string' {
  if (!isPrimitiveType(type)) return 'an object';
  if (type === 'boolean') return 'true or false';
  return numbers.has(type) ? 'a number' : 'a string';
}

function hasShape(value: Json, type: string): boolean {
  const tests = {
    'an object': isObject(value),
    'true or false': typeof value === 'boolean',
    'a number': typeof value === 'number' || value instanceof ExactNumber,
    'a string': typeof value === 'string',
  };
  return tests[shapeOf(type)];
}
