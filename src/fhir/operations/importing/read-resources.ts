import { createHash } from 'node:crypto';
import { objectsOf } from '../../../r4/json/items.js';
import { isObject, type Json, type JsonObject, parseJson } from '../../../r4/json/json.js';
import type { DocumentLimits } from '../../../r4/json/json-limits.js';
import { readJson } from '../../../r4/json/read-json.js';
import { isId } from '../../../r4/model/id.js';
import { isResourceType } from '../../../r4/model/resource-types.js';
import { type ImportedItem, isResource, type ImportFailure } from './importer.js';

/**
 * The resource of a line or a file, or those in the entries of a Bundle that carries others. `place`: for people; `names`: addresses by the
 * `fullUrl` of earlier Bundles, which get those of this one.
 */
export async function resourcesIn(
  text: string,
  place: string,
  limits?: DocumentLimits,
  names?: Map<string, string>,
): Promise<readonly ImportedItem[]> {
  let json: Json;
  try {
    json = limits ? await readJson(text, limits) : parseJson(text);
  } catch (error) {
    // It speaks of the body of a request.
    return [notRead(place, (error as Error).message.replace(/^The body\b/, 'It'))];
  }
  if (!isObject(json)) return [notRead(place, 'It is no JSON object.')];
  return json['resourceType'] === 'Bundle' && hasEntries(json)
    ? entriesOf(json, place, names)
    : [identified(json, place)];
}

/** Bundles that carry resources; a document or a message is one itself. */
const carriers: ReadonlySet<Json | undefined> = new Set(['transaction', 'batch', 'collection', 'searchset', 'history']);
const hasEntries = ({ type }: JsonObject): boolean => carriers.has(type);

/** Names that are kept of earlier Bundles. */
const mostNames = 1_000_000;

/** Entries that name each other by `urn:uuid` keep those ids. */
function entriesOf(
  bundle: JsonObject,
  place: string,
  addresses: Map<string, string> = new Map(),
): readonly ImportedItem[] {
  if (addresses.size > mostNames) addresses.clear();
  const found = objectsOf(bundle['entry']).flatMap(({ fullUrl, resource }, index) => {
    if (!isObject(resource)) return [];
    const [, uuid] = typeof fullUrl === 'string' ? (/^urn:uuid:([0-9a-f-]{36})$/i.exec(fullUrl) ?? []) : [];
    const one = identified(
      uuid !== undefined && resource['id'] === undefined ? { ...resource, id: uuid } : resource,
      `${place}#${index}`,
    );
    if (typeof fullUrl === 'string' && isResource(one)) addresses.set(fullUrl, one.address);
    return [one];
  });
  return found.map((one) =>
    isResource(one) ? { ...one, resource: renamed(one.resource, addresses) as JsonObject } : one,
  );
}

/** Without an id, it gets one that follows from its content: whoever imports it twice has it once. */
function identified(resource: JsonObject, place: string): ImportedItem {
  const { resourceType: type, id } = resource;
  if (typeof type !== 'string' || !isResourceType(type)) return notRead(place, 'It has no resourceType of R4.');
  if (id !== undefined && (typeof id !== 'string' || !isId(id)))
    return notRead(place, 'Its id is none of R4: 1 to 64 of A-Z a-z 0-9 - .');
  if (id !== undefined) return { resource, address: `${type}/${id}`, place };
  const made = createHash('sha256').update(JSON.stringify(resource)).digest('hex').slice(0, 32);
  return { resource: { ...resource, id: made }, address: `${type}/${made}`, place };
}

/** References to entries become references to what is stored. */
export function renamed(value: Json, addresses: ReadonlyMap<string, string>): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map((one) => renamed(one, addresses));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      name === 'reference' && typeof inner === 'string'
        ? (addresses.get(inner) ?? inner)
        : renamed(inner as Json, addresses),
    ]),
  );
}

export const notRead = (place: string, diagnostics: string): ImportFailure => ({
  place,
  issues: [{ severity: 'error', code: 'structure', diagnostics }],
});
