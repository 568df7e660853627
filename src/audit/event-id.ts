import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

const bytesOfId = 16;
const pool = new Uint8Array(256 * bytesOfId);
let next = pool.length;

/** A UUIDv7. Random bytes are fetched for many at a time: one by one they cost more than the rest of a record. */
export function newEventId(): string {
  if (next === pool.length) {
    randomFillSync(pool);
    next = 0;
  }
  return uuidv7({ random: pool.subarray(next, (next += bytesOfId)) });
}
