import type { BinaryStore, ByteRange } from '../../src/fhir/storage/binary/binary-store.js';

/** Holds contents in memory, and does wrong what it is told to. */
export class MemoryBinaryStore implements BinaryStore {
  readonly name = 'memory';
  readonly contents = new Map<string, Buffer>();
  fault: 'none' | 'write' | 'lie' | 'read' | 'cut' | 'more' | 'remove' = 'none';

  async write(contentId: string, chunks: AsyncIterable<Buffer>): Promise<number> {
    const held: Buffer[] = [];
    for await (const chunk of chunks) {
      held.push(Buffer.from(chunk));
      if (this.fault === 'write') throw new Error('disk at /secret is full');
    }
    const whole = Buffer.concat(held);
    this.contents.set(contentId, whole);
    return this.fault === 'lie' ? whole.length - 1 : whole.length;
  }

  async *read(contentId: string, { first, last }: ByteRange): AsyncGenerator<Buffer, undefined> {
    const whole = this.contents.get(contentId);
    if (!whole || this.fault === 'read') throw new Error('gone from /secret');
    const end = this.fault === 'more' ? whole.length : last + (this.fault === 'cut' ? 0 : 1);
    for (let at = first; at < end; at += 100_000) yield whole.subarray(at, Math.min(at + 100_000, end));
    return undefined;
  }

  async remove(contentId: string): Promise<void> {
    if (this.fault === 'remove') throw new Error('read-only');
    this.contents.delete(contentId);
  }
}
