import { createHash } from 'node:crypto';

/** The end of the chain of hashes. */
export interface ChainEnd {
  readonly position: number;
  readonly hash: Buffer;
}

/** Predecessor of the first link. */
export const chainStart: ChainEnd = { position: 0, hash: Buffer.alloc(0) };

/** The next link: SHA-256 of the hash before, the position and the text of the AuditEvent, so that none can change or go. */
export function seal({ position, hash }: ChainEnd, body: string): ChainEnd {
  const next = position + 1;
  return { position: next, hash: createHash('sha256').update(hash).update(`\n${next}\n`).update(body).digest() };
}
