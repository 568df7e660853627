import { createHash } from 'node:crypto';
import type { DocumentLimits } from '../../../r4/json/json-limits.js';
import type { BinaryContents } from '../../storage/binary/binary-contents.js';
import { fetchSource, SourceFailed, type SourceLimits } from './fetch-source.js';
import type { ReadItems } from './import-groups.js';
import { type ImportedItem, type ImportPosition, isResource } from './importer.js';
import type { ImportSource } from './read-import.js';
import { type FileLine, linesOf, unreadable } from './read-lines.js';
import { notRead, resourcesIn } from './read-resources.js';

/** Limits of files, and of the documents in their lines. */
export interface ItemLimits extends SourceLimits, DocumentLimits {
  /** Bytes of one line. */
  readonly lineLimit: number;
}

export interface SourceReading {
  readonly limits: ItemLimits;
  readonly signal: AbortSignal;
  readonly contents: BinaryContents;
  /** The last item that was dealt with before. */
  readonly from: ImportPosition | undefined;
}

/** The items of a source behind `from`, each with its position. Throws {@link SourceFailed} where what stands before is not what it was. */
export async function* itemsOf(source: ImportSource, reading: SourceReading): AsyncGenerator<ReadItems> {
  const { limits, from } = reading;
  const lines = linesOf(bytesOf(source, reading), limits.lineLimit);
  for await (const line of from ? linesFrom(hashed(lines), from) : hashed(lines)) {
    const items = await itemsIn(line, source, limits);
    const { digest, bytes } = line;
    const placed = items.map((item, at) => ({ ...item, at: { line: line.line, item: at, digest, bytes } }));
    const left = line.line === from?.line ? placed.slice(from.item + 1) : placed;
    if (left.length > 0) yield { items: left, characters: line.text?.length ?? 0 };
  }
}

interface HashedLine extends FileLine {
  /** Hash of the lines up to this one. */
  readonly digest: string;
}

async function* hashed(lines: AsyncIterable<FileLine>): AsyncGenerator<HashedLine> {
  let digest = '';
  for await (const line of lines) {
    const hash = createHash('sha256').update(digest);
    digest = hash.update(line.text ?? '').digest('base64url');
    yield { ...line, digest };
  }
}

/** The line that was dealt with last, and those behind it. */
async function* linesFrom(lines: AsyncIterable<HashedLine>, from: ImportPosition): AsyncGenerator<HashedLine> {
  let isSame = false;
  for await (const line of lines) {
    if (line.line < from.line) continue;
    isSame ||= line.line === from.line && line.digest === from.digest;
    if (!isSame) break;
    yield line;
  }
  if (!isSame) throw new SourceFailed('It is not what it was when the import began. Begin a new import.', true);
}

async function itemsIn(
  { line, text, fault }: FileLine,
  source: ImportSource,
  limits: ItemLimits,
): Promise<readonly ImportedItem[]> {
  const place = `${source.name}:${line}`;
  if (text === undefined) return [unreadable(place, fault)];
  return (await resourcesIn(text, place, limits)).map((item) => typed(item, source));
}

function typed(item: ImportedItem, { type }: ImportSource): ImportedItem {
  if (type === undefined || !isResource(item) || item.resource['resourceType'] === type) return item;
  return notRead(
    item.place,
    `The file is named as one of ${type}, and this is of the type ${item.address.split('/', 1)[0]}.`,
  );
}

const bytesOf = (source: ImportSource, { limits, signal, contents }: SourceReading): AsyncIterable<Buffer> =>
  source.content ? sent(source.content, contents) : fetchSource(source, limits, signal);

/** Items of the content that came with the call. */
async function* sent(content: NonNullable<ImportSource['content']>, contents: BinaryContents): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const part of content.size > 0 ? contents.read(content, { first: 0, last: content.size - 1 }) : []) {
    size += part.length;
    yield part;
  }
  if (size !== content.size) throw new SourceFailed('It waited for too long, and was removed. Send it again.', true);
}
