import { readFile, stat } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { isObject, type JsonObject } from '../../r4/json/json.js';
import { ConceptReader } from '../../r4/terminology/concept.js';
import { type Part, isPart, partsOf, textOf } from '../../r4/terminology/read-resource.js';
import { valueOf } from '../../r4/terminology/property-value.js';
import { InvalidRelease, type ReleaseConcept } from '../storage/concepts/release-concept.js';
import type { Release } from '../storage/concepts/terminology-store.js';
import { linesOf } from './lines.js';

/** Bytes of a JSON file, which is read whole; NDJSON has no such limit. */
const largestJson = 256 * 1024 * 1024;

/** A CodeSystem as one JSON file (https://hl7.org/fhir/R4/codesystem.html). Throws {@link InvalidRelease}. */
export async function jsonRelease(path: string): Promise<Release> {
  const { size } = await stat(path);
  const cure = 'Write it as NDJSON: the CodeSystem without concepts in the first line, a concept in each other.';
  if (size > largestJson)
    throw new InvalidRelease(`${path} has ${size} bytes; one JSON file may have ${largestJson}. ${cure}`);
  const packed = await readFile(path);
  const text = path.endsWith('.gz') ? unpacked(packed, path) : packed.toString('utf8');
  const resource = parseObject(text, path);
  requireHead(resource, path);
  const { concept, ...head } = resource;
  return { format: 'json', head: head as JsonObject, concepts: () => nested(head, partsOf(concept), path) };
}

/** NDJSON: the CodeSystem without concepts in the first line, a concept in each other. Throws {@link InvalidRelease}. */
export async function ndjsonRelease(path: string): Promise<Release> {
  const lines = linesOf(path);
  const first = await lines.next();
  const cure = 'The first line is the CodeSystem without its concepts, each other line a concept of it.';
  if (first.done) throw new InvalidRelease(`${path} is empty. ${cure}`);
  const head = parseObject(first.value.text, `${path}, line 1`);
  requireHead(head, `${path}, line 1`);
  await lines.return(undefined);
  return { format: 'ndjson', head: head as JsonObject, concepts: () => ofLines(head, path) };
}

async function* ofLines(head: Part, path: string): AsyncGenerator<ReleaseConcept> {
  for await (const { text, number } of linesOf(path)) {
    if (number === 1) continue;
    const place = `${path}, line ${number}`;
    yield* nested(head, [parseObject(text, place)], place);
  }
}

/** A list instead of recursion: how deep concepts nest is for their author to choose. */
async function* nested(head: Part, roots: readonly Part[], place: string): AsyncGenerator<ReleaseConcept> {
  const reader = new ConceptReader(head);
  const left: (readonly [Part, string | undefined])[] = roots.toReversed().map((root) => [root, undefined] as const);
  for (let next = left.pop(); next; next = left.pop()) {
    const [concept, parent] = next;
    const code = textOf(concept['code']);
    if (code === undefined)
      throw new InvalidRelease(`${place}: a concept has no code: ${JSON.stringify(concept).slice(0, 100)}`);
    yield releaseConcept(reader, { concept, code, parent });
    for (const child of partsOf(concept['concept']).toReversed()) left.push([child, code]);
  }
}

interface Nested {
  readonly concept: Part;
  readonly code: string;
  readonly parent: string | undefined;
}

function releaseConcept(reader: ConceptReader, { concept, code, parent }: Nested): ReleaseConcept {
  const { properties, ...told } = reader.read(concept, code);
  const linked = (...names: readonly string[]): readonly string[] =>
    properties.flatMap((one) => (names.includes(String(one['code'])) ? (valueOf(one) ?? []) : []));
  return {
    ...told,
    properties: properties.filter(({ code: name }) => name !== 'parent' && name !== 'child'),
    parents: [...(parent === undefined ? [] : [parent]), ...linked('parent', 'subsumedBy')],
    children: linked('child'),
  };
}

const unpacked = (packed: Buffer, path: string): string => {
  try {
    return gunzipSync(packed, { maxOutputLength: largestJson }).toString('utf8');
  } catch {
    throw new InvalidRelease(`${path} was not packed by gzip, ends early, or has more than ${largestJson} bytes.`);
  }
};

function parseObject(text: string, place: string): Part {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (isPart(value) && isObject(value as never)) return value;
  } catch (error) {
    throw new InvalidRelease(`${place} is no JSON: ${(error as Error).message.slice(0, 200)}`);
  }
  throw new InvalidRelease(`${place} is no JSON object.`);
}

const contents: ReadonlySet<unknown> = new Set(['complete', 'fragment', 'example']);

function requireHead(resource: Part, place: string): void {
  const { resourceType, url, content } = resource;
  if (resourceType !== 'CodeSystem')
    throw new InvalidRelease(`${place} is no CodeSystem: its resourceType is ${JSON.stringify(resourceType ?? null)}.`);
  if (typeof url !== 'string' || url === '')
    throw new InvalidRelease(`${place}: the CodeSystem has no "url", by which it would be found. Add one.`);
  if (!contents.has(content))
    throw new InvalidRelease(
      `${place}: the content of the CodeSystem is ${JSON.stringify(content ?? null)}; loaded are ${[...contents].join(', ')}.`,
    );
}
