/** Injection token of the {@link BinaryStore} of an application; without one, contents lie in PostgreSQL. */
export const BINARY_STORE = Symbol('BINARY_STORE');

/** Bytes from the first to the last, both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Holds large contents of Binaries. It decides nothing: whoever reads was granted the row before, and which contents exist,
 * how long they are and which are garbage is known in PostgreSQL (docs/adr/0065).
 */
export interface BinaryStore {
  /** For the log, such as `s3`. */
  readonly name: string;
  /**
   * Stores a content under an id (a UUID) that is never used again; resolves with its number of bytes when all of it is stored
   * for good. Where it rejects, parts may be left for {@link remove}.
   */
  write(contentId: string, chunks: AsyncIterable<Buffer>): Promise<number>;
  /** The bytes of the range, in their order, in chunks of any size; throws for a content that is not there. */
  read(contentId: string, range: ByteRange): AsyncIterable<Buffer>;
  /** Removes a content with all that was begun of it, for good; one that is not there is removed already. */
  remove(contentId: string): Promise<void>;
}
