import { isObject, type Json, type JsonObject } from '../../r4/json/json.js';

/** Copy of content that an extension may do with as it likes. */
export const copyOf = (resource: JsonObject): JsonObject => copied(resource) as JsonObject;

function copied(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => copied(item)!);
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const name of Object.keys(value)) copy[name] = copied(value[name]);
  return copy;
}

/** Freezes what an extension looks at, with all that it holds: what others count on must not change. */
export function frozen<T extends object>(value: T): T {
  freeze(value);
  return value;
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  for (const inner of Object.values(value)) freeze(inner);
  Object.freeze(value);
}
