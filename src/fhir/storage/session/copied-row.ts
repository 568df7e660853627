import type { PoolClient } from 'pg';
import { to } from 'pg-copy-streams';
import { garbageCollector } from './garbage-collector.js';

/** Signature, flags and length of an extension: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format". */
const headerLength = 19;
/** Bytes that are read ahead of the loop below. */
const highWaterMark = 2 ** 20;
/** Bytes of rows after which the buffers that are done with are freed: V8 leaves some 50 MB of them, and more with Node.js 24 (docs/adr/0168). */
const mostUncollected = 2 * 1024 ** 2;
let readSince = 0;

/**
 * Runs a SELECT, and returns the columns of its first row in binary format, which of texts and bytea is their bytes; undefined without a row. By COPY: the
 * driver takes answers of statements as text, in which bytea is twice as long, in hexadecimal digits (docs/adr/0126).
 */
export async function copiedRow(client: PoolClient, select: string): Promise<readonly Buffer[] | undefined> {
  const chunks: Buffer[] = [];
  const copy = client.query(to(`COPY (${select}) TO STDOUT (FORMAT binary)`, { highWaterMark }));
  for await (const chunk of copy) chunks.push(chunk as Buffer);
  const copied = Buffer.concat(chunks);
  collectAfter(copied.length);
  let at = headerLength + copied.readInt32BE(headerLength - 4);
  // A row begins with the number of its columns, the end is -1.
  const columns = copied.readInt16BE(at);
  if (columns === -1) return undefined;
  at += 2;
  return Array.from({ length: columns }, () => {
    const begin = at + 4;
    at = begin + Math.max(copied.readInt32BE(at), 0);
    return copied.subarray(begin, at);
  });
}

function collectAfter(bytes: number): void {
  readSince += bytes;
  if (readSince < mostUncollected) return;
  readSince = 0;
  garbageCollector()({ type: 'minor' });
}
