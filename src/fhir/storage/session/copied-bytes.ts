import type { PoolClient } from 'pg';
import { to } from 'pg-copy-streams';

/** Signature, flags and length of an extension: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format". */
const headerLength = 19;
/** Bytes that are read ahead of the loop below. */
const highWaterMark = 2 ** 20;

/**
 * Runs a SELECT of one column of the type bytea, and returns its value in the first row; undefined without a row. By COPY in binary format: the driver
 * takes answers of statements as text, in which bytes are twice as long, in hexadecimal digits (docs/adr/0126).
 */
export async function copiedBytes(client: PoolClient, select: string): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  const copy = client.query(to(`COPY (${select}) TO STDOUT (FORMAT binary)`, { highWaterMark }));
  for await (const chunk of copy) chunks.push(chunk as Buffer);
  const copied = Buffer.concat(chunks);
  const header = copied.readInt32BE(headerLength - 4);
  const row = headerLength + header;
  // A row begins with the number of its columns, the end is -1.
  if (copied.readInt16BE(row) !== 1) return undefined;
  const value = row + 6;
  return copied.subarray(value, value + copied.readInt32BE(row + 2));
}
