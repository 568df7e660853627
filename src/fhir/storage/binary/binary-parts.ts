import type { PartSlice } from './binary-statements.js';
import type { ByteRange } from './binary-store.js';

/** Bytes of each part but the last: 1 MiB as base64, and a multiple of three, so that parts can be encoded one by one. */
export const partSize = 3 * 2 ** 18;

/** Yields the bytes in parts of {@link partSize}; the last may be smaller. */
export async function* inParts(chunks: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Buffer, undefined> {
  let held: Buffer[] = [];
  let size = 0;
  for await (let chunk of chunks) {
    while (size + chunk.length >= partSize) {
      const taken = partSize - size;
      yield Buffer.concat([...held, chunk.subarray(0, taken)], partSize);
      chunk = chunk.subarray(taken);
      held = [];
      size = 0;
    }
    if (chunk.length === 0) continue;
    held.push(chunk);
    size += chunk.length;
  }
  if (size > 0) yield Buffer.concat(held, size);
}

/**
 * The bytes of a range as slices of parts, none larger than {@link partSize}. `sizes`: of the parts; without them, all but the last have
 * {@link partSize}.
 */
export function* slicesOf({ first, last }: ByteRange, sizes?: readonly number[] | null): Generator<PartSlice> {
  let part = sizes ? 0 : Math.floor(first / partSize);
  let begin = part * partSize;
  for (; begin <= last; part++) {
    const size = sizes ? sizes[part] : partSize;
    if (size === undefined) return;
    const end = Math.min(begin + size, last + 1);
    for (let at = Math.max(first, begin); at < end;) {
      const length = Math.min(end - at, partSize);
      yield { part, offset: at - begin, length };
      at += length;
    }
    begin += size;
  }
}
