import { listed } from '../../errors/listed.js';
import { type ElementTypes, elementTypes, isPrimitiveType, supertypes } from '../../model/elements.js';
import type { JsonObject } from '../../json/json.js';
import { type Entry, readEntries, writeEntries } from './element-entries.js';
import { propertiesOf } from './element-location.js';
import { inapplicable, malformed } from '../operation-fault.js';
import type { Effort } from '../patch-limits.js';
import { type NamedValue, type PatchValue, shapeOf } from '../patch-value.js';
import { unknownElement } from './unknown-element.js';

/** A value that fits an element, and the JSON property it goes to. */
export interface BuiltElement {
  readonly property: string;
  readonly entry: Entry;
}

/** Makes of a value what an element holds; a value of the wrong type is refused (https://hl7.org/fhir/R4/fhirpatch.html). */
export function buildElement(name: string, element: ElementTypes, value: PatchValue, effort: Effort): BuiltElement {
  const fits = value.kind === 'parts' ? isBuilt : fitsAs(value.type, element.choice);
  const candidates = propertiesOf(name, element).filter(([, type]) => fits(type));
  const [candidate] = candidates;
  if (!candidate || candidates.length > 1) throw wrongType(name, element, value);
  const [property, type] = candidate;
  return { property, entry: value.kind === 'whole' ? value.entry : { value: buildObject(type, value.parts, effort) } };
}

/** Adds a value to an element: behind the others when it repeats, else only where there is none. */
export function addElement(
  holder: { readonly type: string; readonly node: JsonObject },
  { name, value }: NamedValue,
  effort: Effort,
): JsonObject {
  const element = elementTypes(holder.type, name);
  if (!element) throw unknownElement(holder.type, name);
  const built = buildElement(name, element, value, effort);
  const present = propertiesOf(name, element).flatMap(([property]) => readEntries(holder.node, property));
  effort.spend(present.length);
  if (present.length > 0 && !element.repeats) {
    throw inapplicable('duplicate', `${holder.type} has its "${name}" already, and it does not repeat: replace it.`);
  }
  return writeEntries(holder.node, built.property, [...present, built.entry], element.repeats);
}

function buildObject(type: string, parts: readonly NamedValue[], effort: Effort): JsonObject {
  let node: JsonObject = {};
  for (const part of parts) node = addElement({ type, node }, part, effort);
  return node;
}

const isBuilt = (type: string): boolean => !isPrimitiveType(type) && type !== 'Resource';

/** In a choice the type of the value decides; elsewhere a related type, or text for what is written as a string, will do. */
const fitsAs =
  (given: string, choice: boolean) =>
  (wanted: string): boolean =>
    given === wanted || (!choice && (isRelated(given, wanted) || isWrittenAs(given, wanted)));

const isRelated = (given: string, wanted: string): boolean =>
  supertypes(given).includes(wanted) || supertypes(wanted).includes(given);

const isWrittenAs = (given: string, wanted: string): boolean =>
  (given === 'string' && shapeOf(wanted) === 'a string') ||
  (given === 'date' && wanted === 'dateTime') ||
  (given === 'integer' && wanted === 'decimal');

function wrongType(name: string, { types }: ElementTypes, value: PatchValue) {
  const list = listed(types, 12);
  if (value.kind === 'whole') return inapplicable('value', `"${name}" takes ${list}, not ${value.type}.`);
  return malformed(`"${name}" takes ${list}: give it as one value, not in parts.`, 'structure');
}
