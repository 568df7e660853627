import type { SqlSession } from '../session/sql-session.js';
import { inParts, partSize } from './binary-parts.js';
import { hasContent, readPart, removeParts, storePart } from './binary-statements.js';
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

  async *read(contentId: string, { first, last }: ByteRange): AsyncGenerator<Buffer, undefined> {
    const end = Math.floor(last / partSize);
    let part = Math.floor(first / partSize);
    let reading = part <= end ? this.part(contentId, part) : undefined;
    for (; reading; part++) {
      const bytes = await reading;
      // The next one is read while this one is sent.
      reading = part < end ? this.part(contentId, part + 1) : undefined;
      reading?.catch(() => undefined);
      const offset = part * partSize;
      yield bytes.subarray(Math.max(first - offset, 0), last - offset + 1);
    }
  }

  private async part(contentId: string, part: number): Promise<Buffer> {
    const [bytes] = (await this.session.copied(readPart(contentId, part))) ?? [];
    if (!bytes) throw new Error(`Part ${part} of the content ${contentId} is missing.`);
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
