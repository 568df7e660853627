/** Elements of a resource as a profile speaks of them: by their FHIRPath name, with their type. */
import { listOf } from '../../../json/items.js';
import { isObject, type Json, type JsonObject } from '../../../json/json.js';
import { choiceProperty, elementsOf, isPrimitiveType } from '../../../model/elements.js';
import { isResourceType } from '../../../model/resource-types.js';

export interface Item {
  readonly value: Json | undefined;
  /** Id and extensions of a primitive: `_birthDate`. */
  readonly extra: JsonObject | undefined;
  /** Type of R4, or the path of a backbone element such as `Patient.contact`. */
  readonly type: string;
  /** Where it stands among those of its name; undefined for an element that does not repeat. */
  readonly index: number | undefined;
}

/** A JSON property of a type. */
export interface JsonProperty {
  readonly name: string;
  /** Its FHIRPath name: `value` for `valueQuantity`. */
  readonly element: string;
  readonly type: string;
  readonly isPrimitive: boolean;
}

const cache = new Map<string, ReadonlyMap<string, readonly JsonProperty[]>>();
const none: readonly Item[] = [];

/** The values of an element such as `value`, in their order. Nothing for what has not the shape of its type. */
export function itemsOf(parent: Item, element: string): readonly Item[] {
  const object = isObject(parent.value) ? parent.value : parent.extra;
  if (!object) return none;
  const properties = propertiesOf(isObject(parent.value) ? parent.type : 'Element').get(element);
  if (!properties) return none;
  if (properties.length === 1) return itemsAt(object, properties[0]!);
  return properties.flatMap((property) => itemsAt(object, property));
}

export const resourceItem = (resource: JsonObject, index?: number): Item => ({
  value: resource,
  extra: undefined,
  type: resourceTypeOf(resource),
  index,
});

const resourceTypeOf = ({ resourceType }: JsonObject): string =>
  typeof resourceType === 'string' && isResourceType(resourceType) ? resourceType : 'Resource';

function itemsAt(object: JsonObject, { name, type, isPrimitive }: JsonProperty): readonly Item[] {
  const value = object[name];
  const extra = isPrimitive ? object[`_${name}`] : undefined;
  if (value === undefined && extra === undefined) return none;
  if (Array.isArray(value) || Array.isArray(extra)) return repeated(listOf(value), listOf(extra), type);
  return [itemOf(value, extra, { type, index: undefined })];
}

const repeated = (values: readonly Json[], extras: readonly Json[], type: string): readonly Item[] =>
  Array.from({ length: Math.max(values.length, extras.length) }, (_, index) =>
    itemOf(values[index], extras[index], { type, index }),
  );

function itemOf(value: Json | undefined, extra: Json | undefined, at: Pick<Item, 'type' | 'index'>): Item {
  const type = at.type === 'Resource' && isObject(value) ? resourceTypeOf(value) : at.type;
  return { value: value ?? undefined, extra: isObject(extra) ? extra : undefined, type, index: at.index };
}

function propertiesOf(type: string): ReadonlyMap<string, readonly JsonProperty[]> {
  let found = cache.get(type);
  if (found) return found;
  found = new Map(
    [...elementsOf(type)].map(([element, { types, choice }]) => [
      element,
      types.map((one) => ({
        name: choice ? choiceProperty(element, one) : element,
        element,
        type: one,
        isPrimitive: isPrimitiveType(one),
      })),
    ]),
  );
  cache.set(type, found);
  return found;
}

const byNameCache = new Map<string, ReadonlyMap<string, JsonProperty>>();

/** The properties of a type by their JSON name; those of primitives also by the name of what says more about them: `_birthDate`. */
export function jsonProperties(type: string): ReadonlyMap<string, JsonProperty> {
  let found = byNameCache.get(type);
  if (found) return found;
  const made = new Map<string, JsonProperty>();
  for (const property of [...propertiesOf(type).values()].flat()) {
    made.set(property.name, property);
    if (property.isPrimitive) made.set(`_${property.name}`, property);
  }
  found = made;
  byNameCache.set(type, found);
  return found;
}
