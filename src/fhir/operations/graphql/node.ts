import { textOf } from '../../../r4/json/items.js';
import type { JsonObject } from '../../../r4/json/json.js';
import { isResourceType } from '../../../r4/model/resource-types.js';

/** A stored resource. */
export interface Focus {
  readonly type: string;
  readonly id: string;
  readonly resource: JsonObject;
}

/** An object of the data, with its type. */
export interface Node {
  readonly type: string;
  readonly value: JsonObject;
  /** The stored resource that it is a part of. */
  readonly focus?: Focus | undefined;
}

/** A resource as it was read or found. */
export function stored(resource: JsonObject): Node {
  const type = textOf(resource['resourceType']);
  return { type, value: resource, focus: { type, id: textOf(resource['id']), resource } };
}

/** A part of a stored resource; a resource in it tells its type itself. */
export function nodeOf(value: JsonObject, type: string, focus: Focus | undefined): readonly Node[] {
  if (type !== 'Resource') return [{ type, value, focus }];
  const own = textOf(value['resourceType']);
  return isResourceType(own) ? [{ type: own, value, focus }] : [];
}
