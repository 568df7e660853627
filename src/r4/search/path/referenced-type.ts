import { isObject, type Json, type JsonObject } from '../../json/json.js';
import { isResourceType } from '../../model/resource-types.js';

const typeBeforeId = /(?:^|\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

/**
 * The resource type that a Reference names, without looking anything up: by its URL, by the contained resource it
 * points to, or by `Reference.type`. Search parameters ask no more of `resolve()`.
 */
export function referencedType(reference: Json, resource: JsonObject): string | undefined {
  if (!isObject(reference)) return undefined;
  const { reference: literal, type } = reference;
  const named = typeof literal === 'string' ? typeOfLiteral(literal, resource) : undefined;
  return named ?? (typeof type === 'string' ? type : undefined);
}

function typeOfLiteral(literal: string, resource: JsonObject): string | undefined {
  if (literal.startsWith('#')) return containedType(literal.slice(1), resource);
  const type = typeBeforeId.exec(literal)?.[1];
  return type !== undefined && isResourceType(type) ? type : undefined;
}

function containedType(id: string, resource: JsonObject): string | undefined {
  const { contained, resourceType } = resource;
  if (id === '') return typeof resourceType === 'string' ? resourceType : undefined;
  if (!Array.isArray(contained)) return undefined;
  const found = (contained as readonly Json[]).find((entry) => isObject(entry) && entry['id'] === id);
  return isObject(found) && typeof found['resourceType'] === 'string' ? found['resourceType'] : undefined;
}
