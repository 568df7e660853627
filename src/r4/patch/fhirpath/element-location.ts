import { choiceProperty, type ElementTypes, isPrimitiveType } from '../../model/elements.js';
import { isObject, type Json, type JsonObject } from '../../json/json.js';
import { isResourceType } from '../../model/resource-types.js';
import { type Entry, isEmptyEntry, readEntries, writeEntries } from './element-entries.js';

/** An element of the resource, and the way back to the resource. */
export interface ElementLocation {
  readonly type: string;
  readonly value: Json | undefined;
  /** The object with its own elements: of a primitive the sibling `_name`, empty when there is none. */
  readonly node: JsonObject;
  /** Place of the element; undefined for the resource itself. */
  readonly place?: ElementPlace;
}

export interface ElementPlace {
  readonly holder: ElementLocation;
  /** FHIRPath name, `value` for `value[x]`. */
  readonly name: string;
  readonly element: ElementTypes;
  /** JSON property, `valueQuantity`. */
  readonly property: string;
  /** Among the repetitions of this element in this holder. */
  readonly index: number;
}

export const rootLocation = (resource: JsonObject): ElementLocation => ({
  type: typeof resource['resourceType'] === 'string' ? resource['resourceType'] : 'Resource',
  value: resource,
  node: resource,
});

/** The JSON properties that an element may have, with the type of each. */
export const propertiesOf = (name: string, { types, choice }: ElementTypes): readonly (readonly [string, string])[] =>
  types.map((type) => [choice ? choiceProperty(name, type) : name, type]);

/** The repetitions of an element in one holder. */
export function childrenOf(holder: ElementLocation, name: string, element: ElementTypes): readonly ElementLocation[] {
  return propertiesOf(name, element).flatMap(([property, type]) =>
    readEntries(holder.node, property).flatMap((entry, index) =>
      isEmptyEntry(entry) ? [] : [childAt({ holder, name, element, property, index }, type, entry)],
    ),
  );
}

function childAt(place: ElementPlace, definedType: string, { value, sibling }: Entry): ElementLocation {
  const children = isPrimitiveType(definedType) ? sibling : value;
  const node = isObject(children) ? children : {};
  const { resourceType } = node;
  const isResource = definedType === 'Resource' && typeof resourceType === 'string' && isResourceType(resourceType);
  return { type: isResource ? resourceType : definedType, value, node, place };
}

/** The resource after the object of an element was edited: what becomes empty goes, up to the resource. */
export function putBack({ place, type }: ElementLocation, edited: JsonObject): JsonObject {
  if (!place) return edited;
  const { holder, property, index, element } = place;
  const part = isPrimitiveType(type) ? 'sibling' : 'value';
  const content = Object.keys(edited).length > 0 ? edited : undefined;
  const entries = readEntries(holder.node, property).map((entry, at) =>
    at === index ? { ...entry, [part]: content } : entry,
  );
  const left = entries.filter((entry, at) => at !== index || !isEmptyEntry(entry));
  return putBack(holder, writeEntries(holder.node, property, left, element.repeats));
}
