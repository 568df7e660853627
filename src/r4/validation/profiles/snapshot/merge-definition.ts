/** One element of a differential laid over that of its base (https://hl7.org/fhir/R4/profiling.html#snapshot). */
import { equalText } from '../../invariants/element.js';
import type { Json, JsonObject } from '../../../json/json.js';
import type { ConstraintDefinition, ElementDefinition } from '../model/structure.js';

/** Properties of a differential that place an element and say nothing about it. */
const placing: ReadonlySet<string> = new Set(['id', 'path', 'base', 'contentReference']);
/** A choice of one: a fixed value takes the place of a pattern. */
const exclusive = ['fixed', 'pattern', 'minValue', 'maxValue', 'defaultValue'];

/** Lists of which a differential has what is new. */
const listed: ReadonlySet<string> = new Set(['mapping', 'condition', 'alias', 'example']);

/** `url`: the definition that is made, which new constraints name as their source. */
export function mergeDefinition(base: ElementDefinition, diff: ElementDefinition, url: string): ElementDefinition {
  const merged: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(diff)) {
    if (placing.has(name) || value === undefined) continue;
    const prefix = exclusive.find((one) => name.startsWith(one) && /^[A-Z]/.test(name.slice(one.length)));
    if (prefix !== undefined) removeChoice(merged, prefix);
    merged[name] = combined(name, base[name], value, url);
  }
  return merged as ElementDefinition;
}

function removeChoice(element: Record<string, unknown>, prefix: string): void {
  for (const name of Object.keys(element)) {
    if (name.startsWith(prefix) && /^[A-Z]/.test(name.slice(prefix.length))) Reflect.deleteProperty(element, name);
  }
}

function combined(name: string, before: unknown, value: unknown, url: string): unknown {
  switch (name) {
    case 'constraint':
      return [...list(before), ...newConstraints(list(before), list(value), url)];
    case 'binding':
      return withValueSet(before, value);
    // An element that modifies the meaning in the base does so in every profile.
    case 'isModifier':
      return before === true || value;
    default:
      return listed.has(name) ? union(list(before), list(value)) : appended(before, value);
  }
}

const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : []);

/** A differential may change the strength alone. */
const withValueSet = (before: unknown, value: unknown): unknown => {
  const { valueSet } = Object(before) as { valueSet?: string };
  return { ...(valueSet !== undefined && { valueSet }), ...(value as object) };
};

/** A text that begins with three dots goes on where the base ends. */
const appended = (before: unknown, value: unknown): unknown =>
  typeof value === 'string' && value.startsWith('...') && typeof before === 'string'
    ? `${before}\r\n${value.slice(3)}`
    : value;

function newConstraints(before: readonly Json[], added: readonly Json[], url: string): readonly Json[] {
  const keys = new Set(before.map((one) => (one as unknown as ConstraintDefinition).key));
  return added
    .filter((one) => !keys.has((one as unknown as ConstraintDefinition).key))
    .map((one) => ({ ...(one as JsonObject), source: (one as JsonObject)['source'] ?? url }));
}

function union(before: readonly Json[], added: readonly Json[]): readonly Json[] {
  const texts = new Set(before.map(equalText));
  return [...before, ...added.filter((one) => !texts.has(equalText(one)))];
}
