import { FhirError } from '../../errors/fhir-error.js';
import { equalDocuments } from '../../json/equal-json.js';
import { textOf } from '../../json/items.js';
import { isObject, type Json, type JsonObject } from '../../json/json.js';
import { stepsInTurns } from '../../json/turns.js';
import { type ElementTypes, elementsOf, isPrimitiveType } from '../../model/elements.js';
import { type Entry, isEmptyEntry, readEntries } from '../fhirpath/element-entries.js';
import { propertiesOf } from '../fhirpath/element-location.js';
import { valuePart } from './value-part.js';

/** Elements that a comparison leaves out. */
export interface DifferenceOptions {
  /** Elements of the resource itself, such as `meta`. */
  readonly without: readonly string[];
}

/** Each names its path and type: a resource has 200,000 values, and a patch of as many operations is much larger than both resources. */
const mostOperations = 10_000;

/** 422: the patch would have too many operations. */
export class TooManyDifferences extends FhirError {
  readonly status = 422;
  constructor() {
    const diagnostics = `The two differ in more than ${mostOperations} places, which is the most that a difference may have. Read both, and compare them yourself.`;
    super({ code: 'too-costly', diagnostics });
  }
}

/** An entry of an element, with the type that it has there. */
interface Typed {
  readonly type: string;
  readonly entry: Entry;
}

/** The object that is compared, by its path and type. */
interface Place {
  readonly path: string;
  readonly type: string;
}

/**
 * The FHIRPath Patch (https://hl7.org/fhir/R4/fhirpatch.html) that makes one resource of another of the same type. Lists are compared from
 * both ends; what is left in the middle is compared in its order. Large resources are compared in turns with other requests.
 * Throws {@link TooManyDifferences}.
 */
export async function difference(
  from: JsonObject,
  to: JsonObject,
  { without }: DifferenceOptions,
): Promise<JsonObject> {
  const comparison = new Comparison();
  const type = textOf(to['resourceType']);
  await stepsInTurns(comparison.objects({ path: type, type }, from, to, new Set(without)));
  const parameter = comparison.operations;
  return { resourceType: 'Parameters', ...(parameter.length > 0 && { parameter }) };
}

/** Yields after each element that differs, and while it looks for those. */
class Comparison {
  readonly operations: JsonObject[] = [];

  *objects(at: Place, from: JsonObject, to: JsonObject, without: ReadonlySet<string> = new Set()): Generator<void> {
    for (const [name, element] of elementsOf(at.type)) {
      if (without.has(name)) continue;
      const [before, after] = [entriesOf(from, name, element), entriesOf(to, name, element)];
      if (element.repeats) yield* this.lists(at, name, before, after);
      else yield* this.single(at, name, before[0], after[0]);
    }
  }

  private *single(at: Place, name: string, before: Typed | undefined, after: Typed | undefined): Generator<void> {
    const path = `${at.path}.${name}`;
    if (before && after) yield* this.both(path, before, after);
    else if (before) this.add('delete', path);
    else if (after) this.add('add', at.path, { name: 'name', valueString: name }, valueIn(after));
  }

  private *lists(at: Place, name: string, before: readonly Typed[], after: readonly Typed[]): Generator<void> {
    const path = `${at.path}.${name}`;
    const most = Math.min(before.length, after.length);
    let start = 0;
    for (; start < most && isEqual(before[start]!, after[start]!); start++) yield;
    let end = 0;
    for (; end < most - start && isEqual(before.at(-1 - end)!, after.at(-1 - end)!); end++) yield;
    const common = most - end;
    for (let i = start; i < common; i++) yield* this.both(`${path}[${i}]`, before[i]!, after[i]!);
    for (let i = before.length - end - 1; i >= common; i--) this.add('delete', `${path}[${i}]`);
    for (let i = common; i < after.length - end; i++)
      this.put(at, { name, index: i, isFirst: before.length === 0 }, after[i]!);
  }

  /** A list that is not there yet is begun by adding to what holds it. */
  private put(
    { path }: Place,
    { name, index, isFirst }: { readonly name: string; readonly index: number; readonly isFirst: boolean },
    value: Typed,
  ): void {
    if (isFirst) return this.add('add', path, { name: 'name', valueString: name }, valueIn(value));
    this.add('insert', `${path}.${name}`, { name: 'index', valueInteger: index }, valueIn(value));
  }

  private *both(path: string, before: Typed, after: Typed): Generator<void> {
    yield;
    if (isEqual(before, after)) return;
    const [from, to] = [before.entry.value, after.entry.value];
    if (before.type === after.type && !isPrimitiveType(after.type) && isObject(from) && isObject(to)) {
      const type = typeWithin(after.type, from, to);
      if (type !== undefined) {
        yield* this.objects({ path, type }, from, to);
        return;
      }
    }
    this.add('replace', path, valueIn(after));
  }

  private add(type: string, path: string, ...parts: readonly JsonObject[]): void {
    if (this.operations.length >= mostOperations) throw new TooManyDifferences();
    const part = [{ name: 'type', valueCode: type }, { name: 'path', valueString: path }, ...parts];
    this.operations.push({ name: 'operation', part });
  }
}

/** The type whose elements are compared: of a resource its own, if both are of it. */
function typeWithin(type: string, from: JsonObject, to: JsonObject): string | undefined {
  if (type !== 'Resource') return type;
  const { resourceType } = to;
  // A contained resource is known by its id.
  const isSame = from['resourceType'] === resourceType && from['id'] === to['id'];
  return isSame && typeof resourceType === 'string' ? resourceType : undefined;
}

const valueIn = ({ type, entry }: Typed): JsonObject => valuePart('value', type, entry);

const entriesOf = (holder: JsonObject, name: string, element: ElementTypes): readonly Typed[] =>
  propertiesOf(name, element).flatMap(([property, type]) =>
    readEntries(holder, property)
      .filter((entry) => !isEmptyEntry(entry))
      .map((entry) => ({ type, entry })),
  );

const isEqual = (one: Typed, other: Typed): boolean =>
  one.type === other.type && equalDocuments(one.entry as Json, other.entry as Json);
