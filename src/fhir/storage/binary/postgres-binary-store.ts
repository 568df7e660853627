import type { SqlSession } from '../session/sql-session.js';
import { inParts, slicesOf } from './binary-parts.js';
import { hasContent, type PartSlice, readSlice, removeParts, storePart } from './binary-statements.js';
import type { BinaryStore, ByteRange } from './binary-store.js';
import { UploadGivenUp } from './upload-given-up.js';

/** Contents in parts, each read and written by a statement of its own: a slow client holds neither a connection nor a lock, and two parts in memory. */
export class PostgresBinaryStore implements BinaryStore {
  readonly name = 'postgresql';

  constructor(private readonly session: SqlSession) {}

  /** Needs the upload that stands for the content. */
  async write(contentId: string, chunks: AsyncIterable<Buffer>): Promise<number> {
    let size = 0;
    let part = 0;
    for await (const bytes of inParts(chunks)) {
      const stored = await this.session.count(storePart(contentId, part++, bytes));
      if (stored === 0) throw new UploadGivenUp();
      size += bytes.length;
    }
    return size;
  }

  /** `sizes`: of its parts, if they are not of the usual size. */
  async *read(
    contentId: string,
    range: ByteRange,
    sizes?: readonly number[] | null,
  ): AsyncGenerator<Buffer, undefined> {
    const slices = slicesOf(range, sizes);
    let reading = this.next(contentId, slices);
    while (reading) {
      const bytes = await reading;
      // The next one is read while this one is sent.
      reading = this.next(contentId, slices);
      reading?.catch(() => undefined);
      yield bytes;
    }
  }

  private next(contentId: string, slices: Generator<PartSlice>): Promise<Buffer> | undefined {
    const { done, value } = slices.next();
    return done ? undefined : this.slice(contentId, value);
  }

  private async slice(contentId: string, slice: PartSlice): Promise<Buffer> {
    const [bytes] = (await this.session.copied(readSlice(contentId, slice))) ?? [];
    if (!bytes) throw new Error(`Part ${slice.part} of the content ${contentId} is missing.`);
    return bytes;
  }

  async remove(contentId: string): Promise<void> {
    await this.session.count(removeParts(contentId));
  }

  /** True for a content that lies here. */
  async has(contentId: string): Promise<boolean> {
    return (await this.session.rows(hasContent(contentId))).length > 0;
  }
}
