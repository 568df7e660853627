import { Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { RequestCaller } from '../../../database/caller-shares.js';
import { describeError } from '../../../observability/describe-error.js';
import type { ExternalContent } from '../writing/change.js';
import { StorageUsage } from '../limits/storage-usage.js';
import type { SqlSession } from '../session/sql-session.js';
import type { StoredVersion } from '../reading/stored-version.js';
import {
  beginUpload,
  contentOfVersions,
  endUploads,
  findUpload,
  findVersionWith,
  giveUpOldUploads,
  giveUpUpload,
  oldUploads,
  removeParts,
} from './binary-statements.js';
import { inParts } from './binary-parts.js';
import type { BinaryStore, ByteRange } from './binary-store.js';
import { PostgresBinaryStore } from './postgres-binary-store.js';
import { StoreElsewhere } from './store-elsewhere.js';
import { UploadGivenUp } from './upload-given-up.js';

export type { ByteRange } from './binary-store.js';

/**
 * Large content of Binaries, kept beside the resource: in PostgreSQL or in the store of the application. Which contents
 * there are, and which are still being uploaded, is written down here before their first byte is stored, so that whatever
 * nobody finishes is found again and removed.
 */
export class BinaryContents {
  private readonly logger = new Logger(BinaryContents.name);
  private readonly database: PostgresBinaryStore;
  private readonly elsewhere: StoreElsewhere | undefined;

  constructor(
    private readonly session: SqlSession,
    /** Of the application; without one, contents lie in PostgreSQL. */
    readonly replaced?: BinaryStore,
    private readonly usage: Pick<StorageUsage, 'within'> = new StorageUsage(),
  ) {
    this.database = new PostgresBinaryStore(session);
    this.elsewhere = replaced && new StoreElsewhere(replaced);
  }

  /** The contents, by statements that take the share of the caller. */
  for(caller: RequestCaller): BinaryContents {
    return new BinaryContents(this.session.for(caller), this.replaced, this.usage);
  }

  /**
   * Stores what arrives; what fits into one part is handed back instead, to become part of the resource. Whoever cannot
   * store a version with it has to {@link discard} it. Throws `TenantLimitReached`.
   */
  async store(chunks: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<Buffer | ExternalContent> {
    const parts = inParts(this.usage.within(chunks));
    const first = await parts.next();
    const second = await parts.next();
    if (second.done) return first.done ? Buffer.alloc(0) : first.value;
    return this.upload(joined([first.value!, second.value], parts));
  }

  private async upload(whole: AsyncIterable<Buffer>): Promise<ExternalContent> {
    const contentId = uuidv7();
    try {
      await this.session.count(beginUpload(contentId));
      const size = this.elsewhere
        ? await this.elsewhere.write(contentId, this.unlessGivenUp(contentId, whole))
        : await this.database.write(contentId, whole);
      return { contentId, size };
    } catch (error) {
      await this.discard({ contentId });
      throw error;
    }
  }

  /**
   * Stores all that arrives, however little; of nothing, the size is 0 and there is no content. Whoever cannot write down where it is
   * has to {@link discard} it.
   */
  async keep(chunks: AsyncIterable<Buffer>): Promise<ExternalContent> {
    const parts = inParts(chunks);
    const first = await parts.next();
    if (first.done) return { contentId: uuidv7(), size: 0 };
    return this.upload(joined([first.value], parts));
  }

  /**
   * Begins a content of which the database makes the parts itself; undefined where contents lie elsewhere. Whoever cannot write down where it is
   * has to {@link discard} it.
   */
  async beginHere(): Promise<string | undefined> {
    if (this.elsewhere) return undefined;
    const contentId = uuidv7();
    await this.session.count(beginUpload(contentId));
    return contentId;
  }

  /** Removes the parts from a number on of a content that was begun here. */
  async cut(contentId: string, part: number): Promise<void> {
    await this.session.count(removeParts(contentId, part));
  }

  /** Removes content that no version has. Never fails: what cannot be removed now is removed by {@link discardOld}. */
  async discard({ contentId }: Pick<ExternalContent, 'contentId'>): Promise<void> {
    try {
      if (this.elsewhere) await this.removeElsewhere(contentId, this.elsewhere);
      else await this.session.count(giveUpUpload(contentId));
    } catch (error) {
      this.logger.warn(`content ${contentId} is removed later: ${describeError(error)}`);
    }
  }

  /** Removes what was uploaded a day ago and never became part of a version. */
  async discardOld(): Promise<void> {
    const { session, elsewhere } = this;
    if (!elsewhere) return void (await session.unlimited.count(giveUpOldUploads));
    for (const { contentId } of await session.rows<{ contentId: string }>(oldUploads))
      await this.discard({ contentId });
  }

  /** Returns the content stored beside a version that the caller was allowed to read. */
  async find({ id, versionId }: Pick<StoredVersion, 'id' | 'versionId'>): Promise<ExternalContent | undefined> {
    return (await this.session.rows<ExternalContent & { id: string }>(contentOfVersions([id], [versionId])))[0];
  }

  /** In parts as they are stored here, which become base64 one by one. Contents of before there was a store stay in PostgreSQL. */
  async *read(
    { contentId, partSizes }: Pick<ExternalContent, 'contentId'> & { readonly partSizes?: readonly number[] | null },
    range: ByteRange,
  ): AsyncGenerator<Buffer, undefined> {
    const { database, elsewhere } = this;
    const isHere = !elsewhere || (await database.has(contentId));
    yield* isHere ? database.read(contentId, range, partSizes) : inParts(elsewhere.read(contentId, range));
  }

  /**
   * In one transaction with the end of its upload: if the store fails, the upload stays, to be given up later; if the upload
   * is just becoming part of a version, the row is locked until that is decided.
   */
  private async removeElsewhere(contentId: string, elsewhere: StoreElsewhere): Promise<void> {
    await this.session.unlimited.transaction(async (session) => {
      const isUpload = (await session.count(endUploads([contentId]))) > 0;
      if (!isUpload && (await session.rows(findVersionWith(contentId))).length > 0) return;
      // A content that lies here does not lie there. A store that tenants share may have one with the same id, of another tenant.
      if ((await session.count(removeParts(contentId))) === 0) await elsewhere.remove(contentId);
    });
  }

  /** Stops once the upload was given up, so that nothing is stored that nobody would find. */
  private async *unlessGivenUp(contentId: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, undefined> {
    for await (const chunk of chunks) {
      if ((await this.session.rows(findUpload(contentId))).length === 0) throw new UploadGivenUp();
      yield chunk;
    }
    return undefined;
  }
}

async function* joined(begun: readonly Buffer[], more: AsyncIterable<Buffer>): AsyncGenerator<Buffer, undefined> {
  yield* begun;
  yield* more;
  return undefined;
}
