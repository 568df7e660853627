import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { ReadItems } from '../../fhir/operations/importing/import-groups.js';
import { fetchSource, SourceFailed } from '../../fhir/operations/importing/fetch-source.js';
import { linesOf, unreadable } from '../../fhir/operations/importing/read-lines.js';
import { notRead, resourcesIn } from '../../fhir/operations/importing/read-resources.js';
import { reasonOf } from '../file-failure.js';
import type { FoundFile } from './found-file.js';

/** The resources of a file of NDJSON, or of Bundles: one for each line, and those in the entries of Bundles. */
export const resourcesOf = (file: FoundFile, onRead: OnRead, names: Names): AsyncIterable<ReadItems> =>
  /\.json(?:\.gz)?(?:\?.*)?$/i.test(file.path) ? ofDocument(file, onRead, names) : ofLines(file, onRead, names);

type OnRead = (bytes: number) => void;
/** `fullUrl` → address */
type Names = Map<string, string>;

async function* ofDocument(file: FoundFile, onRead: OnRead, names: Names): AsyncGenerator<ReadItems> {
  const name = basename(file.path);
  const read = await wholeOf(file, onRead);
  if ('fault' in read) yield { items: [notRead(name, read.fault)], characters: 0 };
  else yield { items: await resourcesIn(read.text, name, undefined, names), characters: read.text.length };
}

/** Bytes of one line. */
const mostOfLine = 64 * 1024 ** 2;

const isOneDocument =
  'It is one JSON document over several lines, where NDJSON has one resource a line. Name the file .json, or write each resource on one line.';

async function* ofLines(file: FoundFile, onRead: OnRead, names: Names): AsyncGenerator<ReadItems> {
  const name = basename(file.path);
  let opening: { text: string; place: string } | undefined;
  let isFirst = true;
  for await (const { line, text, fault } of linesOf(bytesOf(file, onRead), mostOfLine)) {
    const place = `${name}:${line}`;
    // Else each line of the document would be a failure.
    if (opening !== undefined) {
      yield { items: [notRead(name, isOneDocument)], characters: 0 };
      return;
    }
    if (isFirst && (text === '{' || text === '[')) opening = { text, place };
    else if (text === undefined) yield { items: [unreadable(place, fault)], characters: 0 };
    else yield await itemsOf(text, place, names);
    isFirst = false;
  }
  if (opening !== undefined) yield await itemsOf(opening.text, opening.place, names);
}

const itemsOf = async (text: string, place: string, names: Names): Promise<ReadItems> => ({
  items: await resourcesIn(text, place, undefined, names),
  characters: text.length,
});

/** Bytes of a Bundle that is read as a whole. */
const mostBytes = 512 * 1024 ** 2;

async function wholeOf(file: FoundFile, onRead: OnRead): Promise<{ text: string } | { fault: string }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bytesOf(file, onRead)) {
    size += chunk.length;
    if (size > mostBytes) return { fault: `The file has more than ${mostBytes} bytes. Split it, or send NDJSON.` };
    chunks.push(chunk);
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
    // Of a Bundle that was not copied, as from a full disk, such a file may be all that is there.
    return text.trim() === '' ? { fault: 'The file is empty.' } : { text };
  } catch {
    return { fault: 'The file is not UTF-8.' };
  }
}

/** Seconds that an address may be silent. */
const patience = 60;

/** Bytes of a file as they are read, and as they are once they are unpacked. */
const bytesOf = (file: FoundFile, onRead: OnRead): AsyncIterable<Buffer> =>
  file.open ? bytesIn(file.path, file.open, onRead) : bytesAt(file.path);

/** Who may use the command may reach what its machine reaches. */
function bytesAt(url: string): AsyncIterable<Buffer> {
  const limits = {
    privateHosts: [new URL(url).host],
    fileLimit: Number.POSITIVE_INFINITY,
    unreachable: 'It cannot be reached from this machine.',
    patience,
  };
  return fetchSource({ name: url, url }, limits, new AbortController().signal);
}

async function* bytesIn(path: string, open: () => Promise<Readable>, onRead: OnRead): AsyncGenerator<Buffer> {
  try {
    const file = await open();
    file.on('data', (chunk: Buffer) => onRead(chunk.length));
    yield* (path.toLowerCase().endsWith('.gz') ? unpacked(file) : file) as AsyncIterable<Buffer>;
  } catch (error) {
    const reason = reasonOf(error) ?? (error instanceof Error ? error.message : String(error));
    throw new SourceFailed(`It cannot be read: ${reason}.`, true);
  }
}

function unpacked(file: Readable): Readable {
  const plain = createGunzip();
  file.on('error', (error) => plain.destroy(error));
  return file.pipe(plain);
}
