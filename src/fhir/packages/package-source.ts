import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject, type JsonObject, parseJson } from '../../r4/json/json.js';
import { objectsOf } from '../../r4/json/items.js';
import { InvalidPackage } from './invalid-package.js';
import { isLines, isPacked, mayHoldDefinitions } from './package-paths.js';
import { gunzipped, readArchive } from './read-archive.js';
import { UnpackMeter } from './unpack-limits.js';

/** A JSON object of a package, by the path of its file. */
export interface SentDocument {
  readonly path: string;
  readonly content: JsonObject;
  /** Characters that it was read from. */
  readonly size: number;
}

/** Something that a package is read from, as often as it takes. */
export interface PackageSource {
  /** For messages: a path or an address. */
  readonly given: string;
  /** All JSON objects in it, the entries of Bundles each by itself; throws {@link InvalidPackage}. */
  documents(): AsyncGenerator<SentDocument>;
}

/** An archive (`.tgz`) in a file. */
export const archiveFile = (path: string, given: string = path): PackageSource => ({
  given,
  documents: () => ofArchive(given, createReadStream(path) as AsyncIterable<Buffer>),
});

/** A folder: `package.json` with the files beside it, or in `package/` as the cache of HL7's tools has them; or definitions alone. */
export const folder = (path: string, given: string = path): PackageSource => ({
  given,
  documents: () => ofFolder(given, path),
});

async function* ofArchive(given: string, bytes: AsyncIterable<Buffer>): AsyncGenerator<SentDocument> {
  const meter = new UnpackMeter(given);
  for await (const { path, bytes: content } of readArchive(bytes, meter)) {
    yield* documentsOf(path, [content], meter);
  }
}

async function* ofFolder(given: string, root: string): AsyncGenerator<SentDocument> {
  const meter = new UnpackMeter(given);
  const inner = join(root, 'package');
  const base = (await isFile(join(inner, 'package.json'))) ? inner : root;
  for await (const path of pathsIn(base, '', meter)) {
    const size = (await stat(join(base, path))).size;
    if (!isLines(path)) meter.document(path, size);
    yield* documentsOf(path, createReadStream(join(base, path)) as AsyncIterable<Buffer>, meter);
  }
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

/** Deeper folders hold no definitions in any package. */
const deepest = 4;

async function* pathsIn(base: string, within: string, meter: UnpackMeter): AsyncGenerator<string> {
  const names = (await readdir(join(base, within))).toSorted();
  for (const name of names) {
    const path = within === '' ? name : `${within}/${name}`;
    const found = await stat(join(base, path));
    if (found.isDirectory()) {
      if (path.split('/').length < deepest && mayHoldDefinitions(`${path}/x.json`)) yield* pathsIn(base, path, meter);
    } else {
      meter.file();
      if (found.isFile() && mayHoldDefinitions(path)) yield path;
    }
  }
}

type Bytes = AsyncIterable<Buffer> | Iterable<Buffer>;

async function* documentsOf(path: string, bytes: Bytes, meter: UnpackMeter): AsyncGenerator<SentDocument> {
  const plain = isPacked(path) ? unpacked(path, bytes, meter) : bytes;
  for await (const { text, line } of textsOf(path, plain, meter)) {
    const place = line === undefined ? path : `${path}, line ${line}`;
    const content = parse(text, place, meter);
    for (const one of resourcesIn(content)) yield { path: place, content: one, size: text.length };
  }
}

const resourcesIn = (content: JsonObject): readonly JsonObject[] =>
  content['resourceType'] === 'Bundle'
    ? objectsOf(content['entry']).flatMap(({ resource }) => (isObject(resource) ? [resource] : []))
    : [content];

async function* unpacked(path: string, bytes: Bytes, meter: UnpackMeter): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of gunzipped(asyncOf(bytes))) {
      meter.take(chunk.length);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof InvalidPackage) throw error;
    meter.refuse(`has a file that gzip did not pack: ${path}`);
  }
}

async function* asyncOf(bytes: Bytes): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) yield chunk;
}

interface SentText {
  readonly text: string;
  /** Undefined: the whole file. */
  readonly line?: number;
}

const newline = 10;

async function* textsOf(path: string, bytes: Bytes, meter: UnpackMeter): AsyncGenerator<SentText> {
  let kept: Buffer[] = [];
  let size = 0;
  let line = 0;
  const take = (): string => {
    const text = Buffer.concat(kept).toString('utf8');
    kept = [];
    size = 0;
    return text;
  };
  const keep = (part: Buffer): void => {
    meter.document(path, (size += part.length));
    kept.push(part);
  };
  for await (const chunk of bytes) {
    let from = 0;
    for (let at = nextLine(path, chunk, from); at >= 0; at = nextLine(path, chunk, from)) {
      keep(chunk.subarray(from, at));
      from = at + 1;
      line++;
      const text = take();
      if (text.trim() !== '') yield { text, line };
    }
    keep(chunk.subarray(from));
  }
  const rest = take();
  if (!isLines(path)) yield { text: rest };
  else if (rest.trim() !== '') yield { text: rest, line: line + 1 };
}

const nextLine = (path: string, chunk: Buffer, from: number): number =>
  isLines(path) ? chunk.indexOf(newline, from) : -1;

function parse(text: string, place: string, meter: UnpackMeter): JsonObject {
  try {
    const content = parseJson(text.replace(/^\uFEFF/, ''));
    if (isObject(content)) return content;
  } catch {
    // Told below.
  }
  throw new InvalidPackage(meter.given, `has a file that is no JSON object: ${place}. Put it right, or take it out.`);
}
