import { elementNames } from './element-names.js';
import { propertyType } from './elements.js';
import { isObject, type Json, type JsonObject, parseJson, writeJson } from './json.js';
import { markSubsetted } from './subset-resource.js';

/** Elements of a type that a caller may not see, by their path below the type: `telecom`, `contact.telecom`. */
export type MaskOf = (type: string) => readonly string[];

/** A resource has its own type first; any further one is that of a resource inside. */
const ownTypeEnds = '{"resourceType"'.length;

/**
 * The text of a resource without what is masked in it and in the resources that it holds. A resource with masked elements
 * loses its narrative, which tells them in words, and is marked SUBSETTED, whether it has the elements or not: that must
 * not show. The text itself where nothing is masked.
 */
export function maskText(body: string, type: string, maskOf: MaskOf): string {
  const holdsOthers = body.includes('"resourceType"', ownTypeEnds);
  if (maskOf(type).length === 0 && !holdsOthers) return body;
  const resource = parseJson(body) as JsonObject;
  const masked = maskResource(resource, maskOf);
  return masked === resource ? body : writeJson(masked);
}

function maskResource(resource: JsonObject, maskOf: MaskOf): JsonObject {
  const type = resource['resourceType'] as string;
  const held = maskHeld(resource, maskOf) as JsonObject;
  const paths = maskOf(type);
  if (held === resource && paths.length === 0) return resource;
  const left = paths.reduce((object, path) => without(object, type, path.split('.')), held);
  const { text: _text, ...rest } = left;
  return markSubsetted(rest);
}

/** Masks the resources inside; the value itself where there is nothing to mask. */
function maskHeld(value: Json, maskOf: MaskOf): Json {
  if (Array.isArray(value))
    return changed(
      value,
      (value as readonly Json[]).map((item) => maskAny(item, maskOf)),
    );
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([name, child]) => [name, maskAny(child!, maskOf)] as const);
  return entries.every(([name, child]) => child === value[name]) ? value : Object.fromEntries(entries);
}

const changed = (value: Json, items: Json[]): Json =>
  items.every((item, i) => item === (value as readonly Json[])[i]) ? value : items;

const maskAny = (value: Json, maskOf: MaskOf): Json =>
  isObject(value) && typeof value['resourceType'] === 'string' ? maskResource(value, maskOf) : maskHeld(value, maskOf);

/** `type`: that of the object, such as `Patient` or `Patient.contact`. */
function without(object: JsonObject, type: string, [element = '', ...rest]: readonly string[]): JsonObject {
  const names = elementNames(type);
  const kept: JsonObject = {};
  for (const [property, value] of Object.entries(object)) {
    const isNamed = names.get(property.replace(/^_/, '')) === element;
    if (!isNamed) kept[property] = value;
    else if (rest.length > 0) kept[property] = withoutIn(value!, propertyType(type, property)?.type ?? '', rest);
  }
  return kept;
}

function withoutIn(value: Json, type: string, path: readonly string[]): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => withoutIn(item, type, path));
  return isObject(value) ? without(value, type, path) : value;
}
