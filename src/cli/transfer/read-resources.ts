import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { objectsOf } from '../../r4/json/items.js';
import { isObject, type Json, type JsonObject, parseJson } from '../../r4/json/json.js';
import { isId } from '../../r4/model/id.js';
import { isResourceType } from '../../r4/model/resource-types.js';
import type { ImportedResource, ImportFailure } from '../../fhir/operations/importing/importer.js';
import { bytesOf, linesOf } from './read-lines.js';

/** A resource of a file with an id, or what is there instead. */
export type FileResource = ImportedResource | ImportFailure;

/** The resources of a file of NDJSON, or of Bundles: one for each line, and those in the entries of Bundles. */
export const resourcesOf = (path: string, onRead: (bytes: number) => void): AsyncIterable<FileResource> =>
  /\.json(?:\.gz)?$/i.test(path) ? ofDocument(path, onRead) : ofLines(path, onRead);

async function* ofDocument(path: string, onRead: (bytes: number) => void): AsyncGenerator<FileResource> {
  const name = basename(path);
  const read = await wholeOf(path, onRead);
  yield* 'fault' in read ? [failed(name, read.fault)] : parsed(read.text, name);
}

async function* ofLines(path: string, onRead: (bytes: number) => void): AsyncGenerator<FileResource> {
  for await (const { line, text, fault } of linesOf(bytesOf(path, onRead))) {
    const place = `${basename(path)}:${line}`;
    if (text === undefined) yield failed(place, `The line cannot be read: ${fault ?? ''}.`);
    else yield* parsed(text, place);
  }
}

/** Bytes of a Bundle that is read as a whole. */
const mostBytes = 512 * 1024 ** 2;

async function wholeOf(path: string, onRead: (bytes: number) => void): Promise<{ text: string } | { fault: string }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bytesOf(path, onRead)) {
    size += chunk.length;
    if (size > mostBytes) return { fault: `The file has more than ${mostBytes} bytes. Split it, or send NDJSON.` };
    chunks.push(chunk);
  }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)) };
  } catch {
    return { fault: 'The file is not UTF-8.' };
  }
}

function parsed(text: string, place: string): readonly FileResource[] {
  let json: Json;
  try {
    json = parseJson(text);
  } catch (error) {
    return [failed(place, `It is no JSON: ${(error as Error).message}`)];
  }
  if (!isObject(json)) return [failed(place, 'It is no JSON object.')];
  return json['resourceType'] === 'Bundle' && hasEntries(json) ? entriesOf(json, place) : [identified(json, place)];
}

/** Bundles that carry resources; a document or a message is one itself. */
const carriers: ReadonlySet<Json | undefined> = new Set(['transaction', 'batch', 'collection', 'searchset', 'history']);
const hasEntries = ({ type }: JsonObject): boolean => carriers.has(type);

/** Entries that name each other by `urn:uuid` keep those ids. */
function entriesOf(bundle: JsonObject, place: string): readonly FileResource[] {
  const addresses = new Map<string, string>();
  const found = objectsOf(bundle['entry']).flatMap(({ fullUrl, resource }, index) => {
    if (!isObject(resource)) return [];
    const [, uuid] = typeof fullUrl === 'string' ? (/^urn:uuid:([0-9a-f-]{36})$/i.exec(fullUrl) ?? []) : [];
    const one = identified(
      uuid !== undefined && resource['id'] === undefined ? { ...resource, id: uuid } : resource,
      `${place}#${index}`,
    );
    if (typeof fullUrl === 'string' && 'resource' in one) addresses.set(fullUrl, one.address);
    return [one];
  });
  return found.map((one) =>
    'resource' in one ? { ...one, resource: renamed(one.resource, addresses) as JsonObject } : one,
  );
}

/** Without an id, it gets one that follows from its content: whoever imports it twice has it once. */
function identified(resource: JsonObject, place: string): FileResource {
  const { resourceType: type, id } = resource;
  if (typeof type !== 'string' || !isResourceType(type)) return failed(place, 'It has no resourceType of R4.');
  if (id !== undefined && (typeof id !== 'string' || !isId(id)))
    return failed(place, 'Its id is none of R4: 1 to 64 of A-Z a-z 0-9 - .');
  if (id !== undefined) return { resource, address: `${type}/${id}`, place };
  const made = createHash('sha256').update(JSON.stringify(resource)).digest('hex').slice(0, 32);
  return { resource: { ...resource, id: made }, address: `${type}/${made}`, place };
}

/** References to entries become references to what is stored. */
function renamed(value: Json, addresses: ReadonlyMap<string, string>): Json {
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

const failed = (place: string, diagnostics: string): ImportFailure => ({
  place,
  issues: [{ severity: 'error', code: 'structure', diagnostics }],
});
