import { equalDocuments } from '../../r4/json/equal-json.js';
import { isObject, type Json, type JsonObject } from '../../r4/json/json.js';

/** An addition that would change what stands there. */
export class ChangesDocument extends Error {
  override readonly name = 'ChangesDocument';
}

/** Names by which items of a list are the same, such as a resource of `/metadata` by its type. */
const keys = ['type', 'mode', 'name', 'code', 'url'] as const;

/** A document with an addition: new elements, and new items of lists. Throws {@link ChangesDocument} for anything else. */
export const withAddition = (document: JsonObject, addition: JsonObject): JsonObject =>
  joined(document, addition, document['resourceType'] as string) as JsonObject;

function joined(there: Json | undefined, added: Json | undefined, path: string): Json | undefined {
  if (there === undefined || equalDocuments(there, added)) return added;
  if (added === undefined) return there;
  if (Array.isArray(there) && Array.isArray(added)) return joinedLists(there, added, path);
  if (!isObject(there) || !isObject(added)) throw new ChangesDocument(`${path} stands there already`);
  const names = [...new Set([...Object.keys(there), ...Object.keys(added)])];
  return Object.fromEntries(names.map((name) => [name, joined(there[name], added[name], `${path}.${name}`)]));
}

function joinedLists(there: readonly Json[], added: readonly Json[], path: string): readonly Json[] {
  const list = [...there];
  for (const item of added) {
    const at = list.findIndex((one) => isSame(one, item));
    if (at < 0) list.push(item);
    else list[at] = joined(list[at], item, path)!;
  }
  return list;
}

function isSame(one: Json, other: Json): boolean {
  if (!isObject(one) || !isObject(other)) return equalDocuments(one, other);
  const key = keys.find((name) => typeof one[name] === 'string' && typeof other[name] === 'string');
  return key === undefined ? equalDocuments(one, other) : one[key] === other[key];
}
