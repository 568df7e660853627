import { isObject, type JsonObject } from '../../json/json.js';
import { choiceProperty, elementsOf, isPrimitiveType, propertyType } from '../../model/elements.js';
import { type Entry, isEmptyEntry, readEntries } from '../fhirpath/element-entries.js';
import { propertiesOf } from '../fhirpath/element-location.js';

/**
 * A value as a part of a FHIRPath Patch has it: `valueX`, a resource, or its elements as parts where Parameters have no `valueX` for its type
 * (https://hl7.org/fhir/R4/fhirpatch.html).
 */
export function valuePart(name: string, type: string, { value, sibling }: Entry): JsonObject {
  if (type === 'Resource') return { name, resource: value };
  // Text with mark-up has no type of its own in Parameters.
  const property = choiceProperty('value', type === 'xhtml' ? 'string' : type);
  if (isPrimitiveType(type) || propertyType('Parameters.parameter', property)) {
    return {
      name,
      ...(value !== undefined && { [property]: value }),
      ...(sibling !== undefined && { [`_${property}`]: sibling }),
    };
  }
  return { name, part: isObject(value) ? partsOf(type, value) : [] };
}

const partsOf = (type: string, value: JsonObject): readonly JsonObject[] =>
  [...elementsOf(type)].flatMap(([name, element]) =>
    propertiesOf(name, element).flatMap(([property, one]) =>
      readEntries(value, property)
        .filter((entry) => !isEmptyEntry(entry))
        .map((entry) => valuePart(name, one, entry)),
    ),
  );
