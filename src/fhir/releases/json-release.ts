import { readFile, stat } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { isObject, type JsonObject } from '../../r4/json/json.js';
import { ConceptReader } from '../../r4/terminology/code-systems/concept.js';
import { type Part, isPart, partsOf, textOf } from '../../r4/terminology/read-resource.js';
import { valueOf } from '../../r4/terminology/property-value.js';
import { type OutlinedConcept, outlineOf } from '../storage/concepts/concept-numbers.js';
import { InvalidRelease, propertyKey, type ReleaseConcept } from '../storage/concepts/release-concept.js';
import type { Release } from '../storage/concepts/terminology-store.js';
import { linesOf } from './lines.js';

/** Bytes of a JSON file, which is read whole; NDJSON has no such limit. */
const largestJson = 256 * 1024 * 1024;
/** Concepts of it that are told at once: between them the socket takes rows that PostgreSQL waits for (docs/adr/0172). */
const together = 100;

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
  const parts = partsOf(concept);
  return {
    format: 'json',
    head: head as JsonObject,
    outline: () => outlineOf(inParts(outlined(parts, path))),
    concepts: () => inParts(told(parts, path, new ConceptReader(head))),
  };
}

/** NDJSON: the CodeSystem without concepts in the first line, a concept in each other. Throws {@link InvalidRelease}. */
export async function ndjsonRelease(path: string): Promise<Release> {
  const lines = linesOf(path);
  const first = (await lines.next()).value?.texts[0];
  await lines.return(undefined);
  const cure = 'The first line is the CodeSystem without its concepts, each other line a concept of it.';
  if (first === undefined) throw new InvalidRelease(`${path} is empty. ${cure}`);
  const head = parseObject(first, `${path}, line 1`);
  requireHead(head, `${path}, line 1`);
  const reader = new ConceptReader(head);
  return {
    format: 'ndjson',
    head: head as JsonObject,
    outline: () => outlineOf(ofLines(path, (root, place) => outlined([root], place))),
    concepts: () => ofLines(path, (root, place) => told([root], place, reader)),
  };
}

/** The concepts of one file, some at a time: rows are stored between them. */
async function* inParts<T>(concepts: Generator<T>): AsyncGenerator<Iterable<T>> {
  let next: T[] = [];
  for (const concept of concepts) {
    next.push(concept);
    if (next.length < together) continue;
    yield next;
    next = [];
  }
  yield next;
}

async function* ofLines<T>(
  path: string,
  concepts: (root: Part, place: string) => Generator<T>,
): AsyncGenerator<Iterable<T>> {
  for await (const { texts, first } of linesOf(path)) {
    yield (function* some() {
      for (const [i, text] of texts.entries()) {
        if (text === '' || first + i === 1) continue;
        const place = `${path}, line ${first + i}`;
        yield* concepts(parseObject(text, place), place);
      }
    })();
  }
}

interface Nested {
  readonly concept: Part;
  readonly code: string;
  readonly parent: string | undefined;
}

/** A list instead of recursion: how deep concepts nest is for their author to choose. */
function* nested(roots: readonly Part[], place: string): Generator<Nested> {
  const left: (readonly [Part, string | undefined])[] = roots.toReversed().map((root) => [root, undefined] as const);
  for (let next = left.pop(); next; next = left.pop()) {
    const [concept, parent] = next;
    const code = textOf(concept['code']);
    if (code === undefined)
      throw new InvalidRelease(`${place}: a concept has no code: ${JSON.stringify(concept).slice(0, 100)}`);
    yield { concept, code, parent };
    for (const child of partsOf(concept['concept']).toReversed()) left.push([child, code]);
  }
}

function* outlined(roots: readonly Part[], place: string): Generator<OutlinedConcept> {
  for (const { concept, code, parent } of nested(roots, place)) {
    const properties = partsOf(concept['property']);
    const linked = (...names: readonly string[]): readonly string[] =>
      properties.flatMap((one) => (names.includes(String(one['code'])) ? (valueOf(one) ?? []) : []));
    const parents = [...(parent === undefined ? [] : [parent]), ...linked('parent', 'subsumedBy')];
    yield { code, parents, children: linked('child') };
  }
}

function* told(roots: readonly Part[], place: string, reader: ConceptReader): Generator<ReleaseConcept> {
  for (const { concept, code } of nested(roots, place)) {
    const { display, definition, designations, properties: all, isAbstract, isInactive } = reader.read(concept, code);
    const properties = all.filter(({ code: name }) => name !== 'parent' && name !== 'child');
    const keys = properties.flatMap((property) => {
      const value = valueOf(property);
      return value === undefined ? [] : [propertyKey(String(property['code']), value)];
    });
    const elements: Part = {
      ...(definition !== undefined && { definition }),
      ...(designations.length > 0 && { designation: designations }),
      ...(properties.length > 0 && { property: properties }),
    };
    const texts = designations.map(({ value }) => value);
    yield { code, display, texts, keys: [...new Set(keys)], told: JSON.stringify(elements), isAbstract, isInactive };
  }
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

const contents: ReadonlySet<unknown> = new Set(['complete', 'fragment', 'example', 'supplement']);

function requireHead(resource: Part, place: string): void {
  const { resourceType, url, content, supplements } = resource;
  if (resourceType !== 'CodeSystem')
    throw new InvalidRelease(`${place} is no CodeSystem: its resourceType is ${JSON.stringify(resourceType ?? null)}.`);
  if (typeof url !== 'string' || url === '')
    throw new InvalidRelease(`${place}: the CodeSystem has no "url", by which it would be found. Add one.`);
  if (content === 'supplement' && (typeof supplements !== 'string' || supplements === ''))
    throw new InvalidRelease(
      `${place}: the CodeSystem is a supplement and does not say by "supplements" of which code system. Add its url.`,
    );
  if (!contents.has(content))
    throw new InvalidRelease(
      `${place}: the content of the CodeSystem is ${JSON.stringify(content ?? null)}; loaded are ${[...contents].join(', ')}.`,
    );
}
