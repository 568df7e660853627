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
