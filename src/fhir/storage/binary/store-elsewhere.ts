import { Logger } from '@nestjs/common';
import { TemporarilyUnavailable } from '../../../r4/errors/fhir-error.js';
import { callPart, longestPatience, PartFailed } from '../../../observability/call-part.js';
import { describeError } from '../../../observability/describe-error.js';
import type { BinaryStore, ByteRange } from './binary-store.js';

/** 503: the store of contents does not answer, or not with what it was given. */
export class ContentUnavailable extends TemporarilyUnavailable {
  constructor(name: string) {
    super(
      5,
      `The store ${name}, where this server keeps the contents of large Binaries, does not answer as it should right now. ` +
        'Send the request again after the time in Retry-After; if it lasts, the operator finds the cause in the log.',
    );
  }
}

/** A store that is not PostgreSQL, bounded in time, and checked: what it hands out has the length that was asked for. */
export class StoreElsewhere {
  private readonly logger = new Logger('Parts');
  private readonly part: string;

  constructor(private readonly store: BinaryStore) {
    this.part = `BINARY_STORE ${store.name}`;
  }

  /** Rejects with what `chunks` threw, and with {@link ContentUnavailable} for what the store did. */
  async write(contentId: string, chunks: AsyncIterable<Buffer>): Promise<number> {
    const arriving = new Arriving(chunks);
    try {
      const size = await Promise.race([this.store.write(contentId, arriving), arriving.stalled]);
      if (size !== arriving.size) throw new Error(`${arriving.size} bytes were to be stored, and ${size} were`);
      return size;
    } catch (error) {
      if (arriving.failure) throw arriving.failure.error;
      this.logger.error(`${this.part}: ${describeError(error)}`);
      throw new ContentUnavailable(this.store.name);
    } finally {
      arriving.end();
    }
  }

  async *read(contentId: string, range: ByteRange): AsyncGenerator<Buffer, undefined> {
    const { part } = this;
    const wanted = range.last - range.first + 1;
    let size = 0;
    const iterator = await this.asked(() => this.store.read(contentId, range)[Symbol.asyncIterator]());
    try {
      while (size < wanted) {
        const next = await this.asked(() => iterator.next());
        if (next.done || !Buffer.isBuffer(next.value)) break;
        size += next.value.length;
        if (size > wanted) break;
        yield next.value;
      }
    } finally {
      await callPart(
        { part, timeout: longestPatience },
        async () => iterator.return?.(),
        () => undefined,
      ).catch(() => undefined);
    }
    if (size === wanted) return undefined;
    this.logger.error(`${part}: ${wanted} bytes of ${contentId} were asked for, and others came`);
    throw new ContentUnavailable(this.store.name);
  }

  remove(contentId: string): Promise<void> {
    return this.asked(() => this.store.remove(contentId));
  }

  private async asked<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      return await callPart({ part: this.part, timeout: longestPatience }, work, (answer) => answer);
    } catch (error) {
      if (error instanceof PartFailed) throw new ContentUnavailable(this.store.name);
      throw error;
    }
  }
}

/** Counts what the store takes, and notices a store that takes nothing more; the patience of clients is measured elsewhere. */
class Arriving implements AsyncIterable<Buffer> {
  size = 0;
  failure: { readonly error: unknown } | undefined;
  readonly stalled: Promise<never>;
  private stall: (error: Error) => void = () => undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly chunks: AsyncIterable<Buffer>) {
    this.stalled = new Promise((_, reject) => {
      this.stall = reject;
    });
    // Nobody may be waiting any more.
    this.stalled.catch(() => undefined);
    this.expectTaking();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, undefined> {
    clearTimeout(this.timer);
    try {
      for await (const chunk of this.chunks) {
        this.size += chunk.length;
        this.expectTaking();
        yield chunk;
        clearTimeout(this.timer);
      }
    } catch (error) {
      this.failure = { error };
      throw error;
    }
    this.expectTaking();
    return undefined;
  }

  end(): void {
    clearTimeout(this.timer);
  }

  private expectTaking(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(
      () => this.stall(new Error(`nothing more was taken within ${longestPatience} ms`)),
      longestPatience,
    );
  }
}
