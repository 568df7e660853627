import { isPart, type Part, textOf } from './read-resource.js';

/** The `value[x]` of a property as text: of a Coding its code (https://hl7.org/fhir/R4/codesystem-definitions.html#CodeSystem.concept.property.value_x_). */
export function valueOf(property: Part): string | undefined {
  const name = Object.keys(property).find((key) => key.startsWith('value'));
  const value = name === undefined ? undefined : property[name];
  if (isPart(value)) return textOf(value['code']);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}
