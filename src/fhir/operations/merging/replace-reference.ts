import { isObject, type Json, type JsonObject } from '../../../r4/json/json.js';
import { parseReference } from '../../../r4/model/reference.js';

/** References between resources, as `Type/id`. */
export interface Replacement {
  readonly from: string;
  readonly to: string;
  /** FHIR base URL. */
  readonly base: string;
}

/** The content with references to `from` replaced; those to one of its versions stay, as do documents inside of Bundles and Parameters. */
export function replaceReference(resource: JsonObject, replacement: Replacement): JsonObject {
  return replaced(resource, replacement) as JsonObject;
}

function replaced(value: Json, replacement: Replacement): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map((one) => replaced(one, replacement));
  if (!isObject(value)) return value;
  const made: Record<string, Json> = {};
  for (const [name, child] of Object.entries(value)) {
    if (name === 'reference' && typeof child === 'string')
      made[name] = isOf(child, replacement) ? replacement.to : child;
    // The resource of an entry, or of a parameter, is as somebody sent it.
    else if (child !== undefined)
      made[name] = name === 'resource' && isResource(child) ? child : replaced(child, replacement);
  }
  return made;
}

const isResource = (value: Json | undefined): boolean => isObject(value) && 'resourceType' in value;

function isOf(text: string, { from, base }: Replacement): boolean {
  const named = parseReference(text, base);
  return named !== undefined && named.versionId === undefined && `${named.type}/${named.id}` === from;
}
