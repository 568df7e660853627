import { basename } from 'node:path';
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { ReadItems } from '../../fhir/operations/importing/import-groups.js';
import { fetchSource } from '../../fhir/operations/importing/fetch-source.js';
import { linesOf, unreadable } from '../../fhir/operations/importing/read-lines.js';
import { notRead, resourcesIn } from '../../fhir/operations/importing/read-resources.js';
import { isAddress } from './find-files.js';

/** The resources of a file of NDJSON, or of Bundles: one for each line, and those in the entries of Bundles. */
export const resourcesOf = (path: string, onRead: (bytes: number) => void): AsyncIterable<ReadItems> =>
  /\.json(?:\.gz)?(?:\?.*)?$/i.test(path) ? ofDocument(path, onRead) : ofLines(path, onRead);

async function* ofDocument(path: string, onRead: (bytes: number) => void): AsyncGenerator<ReadItems> {
  const name = basename(path);
  const read = await wholeOf(path, onRead);
  if ('fault' in read) yield { items: [notRead(name, read.fault)], characters: 0 };
  else yield { items: await resourcesIn(read.text, name), characters: read.text.length };
}

/** Bytes of one line. */
const mostOfLine = 64 * 1024 ** 2;

async function* ofLines(path: string, onRead: (bytes: number) => void): AsyncGenerator<ReadItems> {
  for await (const { line, text, fault } of linesOf(bytesOf(path, onRead), mostOfLine)) {
    const place = `${basename(path)}:${line}`;
    if (text === undefined) yield { items: [unreadable(place, fault)], characters: 0 };
    else yield { items: await resourcesIn(text, place), characters: text.length };
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

/** Seconds that an address may be silent. */
const patience = 60;

/** Bytes of a file as they are read, and as they are once they are unpacked. */
const bytesOf = (path: string, onRead: (bytes: number) => void): AsyncIterable<Buffer> =>
  isAddress(path) ? bytesAt(path) : bytesIn(path, onRead);

/** Who may use the command may reach what its machine reaches. */
function bytesAt(url: string): AsyncIterable<Buffer> {
  const limits = { privateHosts: [new URL(url).host], fileLimit: Number.POSITIVE_INFINITY, patience };
  return fetchSource({ name: url, url }, limits, new AbortController().signal);
}

async function* bytesIn(path: string, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: 1024 ** 2 });
  file.on('data', (chunk) => onRead(chunk.length));
  yield* (path.toLowerCase().endsWith('.gz') ? unpacked(file) : file) as AsyncIterable<Buffer>;
}

function unpacked(file: Readable): Readable {
  const plain = createGunzip();
  file.on('error', (error) => plain.destroy(error));
  return file.pipe(plain);
}
