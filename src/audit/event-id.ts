import { v7 as uuidv7 } from 'uuid';

const idBytes = 16;
/** Fetched for many at a time: asking the system costs more than everything else of an id. */
const random = new Uint8Array(256 * idBytes);
let used = random.length;
const last = { msecs: -Infinity, seq: 0 };

/** A UUIDv7 greater than every one before (RFC 9562 6.2, a counter seeded at random): events are told in the order of their ids. */
export function nextEventId(): string {
  if (used === random.length) {
    crypto.getRandomValues(random);
    used = 0;
  }
  const bytes = random.subarray(used, (used += idBytes));
  const now = Date.now();
  if (now > last.msecs) {
    last.msecs = now;
    // Half of what the counter holds, so that one millisecond cannot use it up.
    last.seq = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) >>> 1;
  } else last.seq++;
  return uuidv7({ ...last, random: bytes });
}
