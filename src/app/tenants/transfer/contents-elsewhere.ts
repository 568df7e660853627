import { CommandFault } from './command-fault.js';
import { inParts } from '../../../fhir/storage/binary/binary-parts.js';
import type { BinaryStore } from '../../../fhir/storage/binary/binary-store.js';
import { StoreElsewhere } from '../../../fhir/storage/binary/store-elsewhere.js';
import { describeError } from '../../../observability/describe-error.js';

/** Table of contents that lie in the database. */
export const contentTable = 'binary_content';

/** A content of the tenant that lies in another store. */
export interface ContentElsewhere {
  readonly contentId: string;
  readonly size: number;
}

/**
 * Contents of another store as rows of `binary_content` in the text format of COPY, so that they lie in the database of who takes the file in, where every
 * server looks first. Memory holds one part.
 */
export async function* rowsOfContents(
  store: BinaryStore,
  contents: readonly ContentElsewhere[],
  columns: readonly string[],
): AsyncGenerator<Buffer, undefined> {
  const elsewhere = new StoreElsewhere(store);
  for (const { contentId, size } of contents) {
    let part = 0;
    try {
      for await (const bytes of inParts(elsewhere.read(contentId, { first: 0, last: size - 1 }))) {
        const row: Readonly<Record<string, string>> = {
          content_id: contentId,
          part: String(part++),
          bytes: String.raw`\\x${bytes.toString('hex')}`,
        };
        yield Buffer.from(`${columns.map((column) => row[column] ?? String.raw`\N`).join('\t')}\n`);
      }
    } catch (error) {
      throw new CommandFault(
        `The content ${contentId} cannot be read from the store ${store.name}: ${describeError(error)} ` +
          'Try again, or bring the contents there by other means and add --without-contents.',
      );
    }
  }
  return undefined;
}
