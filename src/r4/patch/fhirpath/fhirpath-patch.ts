import { elementTypes } from '../../model/elements.js';
import type { JsonObject } from '../../json/json.js';
import { applyOperations } from '../apply-operations.js';
import { addElement, buildElement } from './build-element.js';
import { type Entry, readEntries, writeEntries } from './element-entries.js';
import { type ElementLocation, type ElementPlace, putBack } from './element-location.js';
import { type FhirPathOperation, parseFhirPathPatch } from './fhirpath-patch-operation.js';
import { locate } from './locate.js';
import { inapplicable, malformed } from '../operation-fault.js';
import { Effort } from '../patch-limits.js';
import type { Selection } from './selection.js';
import { unknownElement } from './unknown-element.js';

// Reading and writing a list of many anew, in the unit of Effort.
const costOfEntry = 2;

/**
 * Applies a FHIRPath Patch (https://hl7.org/fhir/R4/fhirpatch.html) and returns the patched resource; what the patch
 * does not touch is shared with the given one, which stays as it is. Throws `MalformedPatch` (400) before anything is
 * applied, `PatchNotApplicable` (422) at the first operation that fails. The result is not validated.
 */
export function applyFhirPathPatch(resource: JsonObject, parameters: JsonObject): JsonObject {
  const effort = new Effort();
  return applyOperations(resource, parseFhirPathPatch(parameters, effort), (document, operation) =>
    apply(document, operation, effort),
  );
}

function apply(resource: JsonObject, operation: FhirPathOperation, effort: Effort): JsonObject {
  switch (operation.type) {
    case 'add': {
      const holder = onlyOne(locate(resource, operation.path, effort));
      return putBack(holder, addElement(holder, operation, effort));
    }
    case 'replace': {
      const place = placeOf(onlyOne(locate(resource, operation.path, effort)));
      return replace(place, operation, effort);
    }
    case 'delete': {
      const locations = locate(resource, operation.path, effort);
      if (locations.length === 0) return resource;
      const place = placeOf(onlyOne(locations));
      return rewrite(place, (entries) => entries.toSpliced(place.index, 1));
    }
    case 'insert': {
      const list = listAt(resource, operation.path, effort);
      const { entry } = buildElement(list.name, list.element, operation.value, effort);
      return rewrite(list, (entries) => entries.toSpliced(within(operation.index, entries.length), 0, entry));
    }
    default: {
      const list = listAt(resource, operation.path, effort);
      return rewrite(list, (entries) => moved(entries, operation.source, operation.destination));
    }
  }
}

function onlyOne(locations: readonly ElementLocation[]): ElementLocation {
  const [location] = locations;
  if (!location) throw inapplicable('not-found', 'The path finds nothing in the resource.');
  if (locations.length === 1) return location;
  throw inapplicable(
    'multiple-matches',
    `The path finds ${locations.length} elements; it must find one. Select it with [n] or where().`,
  );
}

function placeOf({ place }: ElementLocation): ElementPlace {
  if (!place) throw inapplicable('structure', 'The path finds the whole resource, not an element of it.');
  return place;
}

/** The list that `insert` and `move` work on: all repetitions of an element in one holder. */
function listAt(resource: JsonObject, path: Selection, effort: Effort): ElementPlace {
  const last = path.steps.at(-1);
  if (last?.kind !== 'element') {
    throw malformed('The path must name a whole list, such as Patient.name, not a selection of it.');
  }
  const holder = onlyOne(locate(resource, { ...path, steps: path.steps.slice(0, -1) }, effort));
  const element = elementTypes(holder.type, last.name);
  if (!element) throw unknownElement(holder.type, last.name);
  if (!element.repeats) throw inapplicable('structure', `"${last.name}" does not repeat: add or replace it.`);
  const { length } = readEntries(holder.node, last.name);
  effort.spend(length * costOfEntry);
  if (length === 0) {
    throw inapplicable('not-found', `${holder.type} has no "${last.name}" yet: add it.`);
  }
  return { holder, name: last.name, element, property: last.name, index: 0 };
}

function within(index: number, length: number): number {
  if (index <= length) return index;
  throw inapplicable('not-found', `Index ${index} is behind the end of the list, which has ${length} elements.`);
}

function moved(entries: readonly Entry[], source: number, destination: number): readonly Entry[] {
  const entry = entries[source];
  const behind = entry ? destination : source;
  if (!entry || destination >= entries.length) {
    throw inapplicable('not-found', `The list has ${entries.length} elements, counted from 0; there is no ${behind}.`);
  }
  return entries.toSpliced(source, 1).toSpliced(destination, 0, entry);
}

/** The resource with other repetitions of an element. */
function rewrite(
  { holder, property, element }: ElementPlace,
  change: (entries: readonly Entry[]) => readonly Entry[],
): JsonObject {
  const entries = change(readEntries(holder.node, property));
  return putBack(holder, writeEntries(holder.node, property, entries, element.repeats));
}

/** A choice may get another type, which is another JSON property. */
function replace(
  place: ElementPlace,
  { value }: Extract<FhirPathOperation, { type: 'replace' }>,
  effort: Effort,
): JsonObject {
  const { holder, name, element, property, index } = place;
  const built = buildElement(name, element, value, effort);
  if (built.property === property) return rewrite(place, (entries) => entries.with(index, built.entry));
  const without = writeEntries(holder.node, property, [], false);
  return putBack(holder, writeEntries(without, built.property, [built.entry], false));
}
