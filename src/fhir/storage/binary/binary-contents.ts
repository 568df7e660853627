import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { RequestCaller } from '../../../database/caller-shares.js';
import {
  beginUpload,
  contentOfVersions,
  giveUpOldUploads,
  giveUpUpload,
  readPart,
  storePart,
} from './binary-statements.js';
import { inParts, partSize } from './binary-parts.js';
import type { ExternalContent } from '../writing/change.js';
import { SqlSession } from '../session/sql-session.js';
import type { StoredVersion } from '../reading/stored-version.js';
import { UploadGivenUp } from './upload-given-up.js';

/** Bytes from the first to the last, both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Large content of Binaries, kept beside the resource in parts. Each part is read and written by a statement of its own,
 * outside any transaction: a slow client holds neither a connection nor a lock.
 */
@Injectable()
export class BinaryContents {
  constructor(private readonly session: SqlSession) {}

  /** The contents, by statements that take the share of the caller. */
  for(caller: RequestCaller): BinaryContents {
    return new BinaryContents(this.session.for(caller));
  }

  /**
   * Stores what arrives; what fits into one part is handed back instead, to become part of the resource. Whoever cannot
   * store a version with it has to {@link discard} it.
   */
  async store(chunks: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<Buffer | ExternalContent> {
    const parts = inParts(chunks);
    const first = await parts.next();
    const second = await parts.next();
    if (second.done) return first.done ? Buffer.alloc(0) : first.value;
    const contentId = uuidv7();
    try {
      await this.session.count(beginUpload(contentId));
      return { contentId, size: await this.storeParts(contentId, [first.value!, second.value], parts) };
    } catch (error) {
      await this.discard({ contentId });
      throw error;
    }
  }

  /** Removes content that no version has. Never fails: what cannot be removed now is removed by {@link discardOld}. */
  async discard({ contentId }: Pick<ExternalContent, 'contentId'>): Promise<void> {
    await this.session.count(giveUpUpload(contentId)).catch(() => undefined);
  }

  /** Removes what was uploaded a day ago and never became part of a version. */
  async discardOld(): Promise<void> {
    await this.session.unlimited.count(giveUpOldUploads);
  }

  /** Returns the content stored beside a version that the caller was allowed to read. */
  async find({ id, versionId }: StoredVersion): Promise<ExternalContent | undefined> {
    return (await this.session.rows<ExternalContent & { id: string }>(contentOfVersions([id], [versionId])))[0];
  }

  async *read({ contentId }: ExternalContent, { first, last }: ByteRange): AsyncGenerator<Buffer, undefined> {
    for (let part = Math.floor(first / partSize); part * partSize <= last; part++) {
      const [row] = await this.session.rows<{ bytes: Buffer }>(readPart(contentId, part));
      if (!row) throw new Error(`Part ${part} of the content ${contentId} is missing.`);
      const offset = part * partSize;
      yield row.bytes.subarray(Math.max(first - offset, 0), last - offset + 1);
    }
  }

  /** Returns the number of bytes. */
  private async storeParts(contentId: string, begun: readonly Buffer[], more: AsyncIterable<Buffer>): Promise<number> {
    let size = 0;
    let part = 0;
    const store = async (bytes: Buffer): Promise<void> => {
      const stored = await this.session.count(storePart(contentId, part++, bytes));
      if (stored === 0) throw new UploadGivenUp();
      size += bytes.length;
    };
    for (const bytes of begun) await store(bytes);
    for await (const bytes of more) await store(bytes);
    return size;
  }
}
