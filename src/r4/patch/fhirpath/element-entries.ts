import type { Json, JsonObject } from '../../json/json.js';

/** One repetition of an element: its value and, of a primitive, what the sibling `_name` says (https://hl7.org/fhir/R4/json.html#primitive). */
export interface Entry {
  readonly value?: Json | undefined;
  readonly sibling?: Json | undefined;
}

/** The repetitions of an element in the object that holds it; a single one when it does not repeat. */
export function readEntries(holder: JsonObject, property: string): readonly Entry[] {
  const values = listOf(holder, property);
  const siblings = listOf(holder, `_${property}`);
  return Array.from({ length: Math.max(values.length, siblings.length) }, (_, at) => ({
    value: values[at] ?? undefined,
    sibling: siblings[at] ?? undefined,
  }));
}

export const isEmptyEntry = ({ value, sibling }: Entry): boolean => value === undefined && sibling === undefined;

/** A copy of the holder with these repetitions; none removes the element. */
export function writeEntries(
  holder: JsonObject,
  property: string,
  entries: readonly Entry[],
  repeats: boolean,
): JsonObject {
  const asList = repeats || Array.isArray(holder[property]) || Array.isArray(holder[`_${property}`]);
  const copy = { ...holder };
  write(copy, property, listed(entries, 'value', asList));
  write(copy, `_${property}`, listed(entries, 'sibling', asList));
  return copy;
}

function listOf(holder: JsonObject, property: string): readonly (Json | undefined)[] {
  const found = Object.hasOwn(holder, property) ? holder[property] : undefined;
  if (found === undefined || found === null) return [];
  return Array.isArray(found) ? (found as readonly Json[]) : [found];
}

/** Nulls keep values and siblings side by side; a list of nothing else is left out. */
function listed(entries: readonly Entry[], part: keyof Entry, asList: boolean): Json | undefined {
  if (entries.every((entry) => entry[part] === undefined)) return undefined;
  return asList ? entries.map((entry) => entry[part] ?? null) : entries[0]?.[part];
}

function write(holder: JsonObject, property: string, value: Json | undefined): void {
  if (value === undefined) delete holder[property];
  else holder[property] = value;
}
