import type { Json, JsonObject } from '../../../r4/json/json.js';
import { TooCostly } from '../../interactions/answer-budget.js';
import type { PlannedField } from './plan-query.js';
import { InvalidQuery } from './query-errors.js';

/** Objects and values of one answer: each takes memory beside its bytes. */
const mostValues = 200_000;
/** Elements that are looked at for one answer: items of lists under each of their fields and conditions. */
const mostSteps = 2_000_000;

/** Bounds an answer while it is built: one element may be asked for many times. */
export class AnswerSize {
  private bytes = 0;
  private values = 0;
  private steps = 0;

  /** Bytes at most. */
  constructor(private readonly most: number) {}

  /** A value or an object of the answer. */
  add(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes > this.most) throw tooMuch(`have more than ${this.most} bytes (setting RESPONSE_LIMIT)`);
    if (++this.values > mostValues) throw tooMuch(`have more than ${mostValues} values`);
  }

  /** Elements that were looked at, in the answer or not. */
  look(elements: number): void {
    this.steps += elements;
    if (this.steps > mostSteps)
      throw tooMuch(`take a look at more than ${mostSteps} elements, each counted under every field that asks for it`);
  }
}

const tooMuch = (fact: string): TooCostly =>
  new TooCostly(`The answer would ${fact}. Ask for less, or in several queries.`);

/** Place of a value in the answer. */
export interface Slot {
  readonly key: string;
  readonly field: PlannedField;
  /** Of the data; values of one place have one. */
  readonly type: string;
  readonly isList: boolean;
  /** Values are collated, since something above was flattened. */
  readonly isFlat: boolean;
}

interface Collected {
  readonly slot: Slot;
  readonly items: (Json | AnswerObject)[];
  /** Items that each field of the name has come to: fields that are asked for twice are united. */
  readonly positions: Map<PlannedField, number>;
}

/** An object of the answer. */
export class AnswerObject {
  private readonly slots = new Map<string, Collected>();

  constructor(private readonly size: AnswerSize) {}

  put(slot: Slot, value: Json): void {
    if (value === null && slot.isFlat) return;
    this.size.add(slot.key.length + 4 + (typeof value === 'string' ? value.length : 8));
    const collected = this.at(slot);
    const at = positionOf(collected, slot);
    if (at === collected.items.length) this.push(collected, slot, value);
  }

  /** The object at a place: a new one, or that of another field of the same name. */
  object(slot: Slot): AnswerObject {
    this.size.add(slot.key.length + 6);
    const collected = this.at(slot);
    const known = collected.items[positionOf(collected, slot)];
    if (known instanceof AnswerObject) return known;
    const made = new AnswerObject(this.size);
    this.push(collected, slot, made);
    return made;
  }

  toJson(): JsonObject {
    // A name may be `__proto__`.
    const json = Object.create(null) as JsonObject;
    for (const [key, { slot, items }] of this.slots) {
      const values = items.map((item) => (item instanceof AnswerObject ? item.toJson() : item));
      json[key] = slot.isList ? values : values[0]!;
    }
    return json;
  }

  private at(slot: Slot): Collected {
    const known = this.slots.get(slot.key);
    if (!known) {
      const made = { slot, items: [], positions: new Map() };
      this.slots.set(slot.key, made);
      return made;
    }
    if (known.slot.type !== slot.type && (slot.isFlat || known.slot.field !== slot.field))
      throw new InvalidQuery(
        `${slot.field.path}: values of ${known.slot.type} and of ${slot.type} would both be called "${slot.key}" in the answer. Give one an alias.`,
      );
    return known;
  }

  private push({ slot: first, items }: Collected, slot: Slot, value: Json | AnswerObject): void {
    if (!first.isList && items.length > 0)
      throw new InvalidQuery(
        `${slot.field.path}: there is more than one value for the single "${slot.key}". Leave out @singleton, or take the @first.`,
        'processing',
      );
    items.push(value);
  }
}

function positionOf({ items, positions }: Collected, { field, isFlat }: Slot): number {
  if (isFlat) return items.length;
  const at = positions.get(field) ?? 0;
  positions.set(field, at + 1);
  return Math.min(at, items.length);
}
