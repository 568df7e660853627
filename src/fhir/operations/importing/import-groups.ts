import { type ImportedItem, isResource } from './importer.js';

/** Items of one line or one file, and the characters that they were read from. */
export interface ReadItems {
  readonly items: readonly ImportedItem[];
  readonly characters: number;
}

/** Characters of the resources of one transaction, about. */
const mostCharacters = 8_000_000;

/**
 * Groups of items, `most` at most, each for one transaction: that takes each resource once; of two of one id, the later one stays. Where the
 * lines fail, the items that came before are a group first.
 */
export async function* inGroups(
  lines: AsyncIterable<ReadItems> | Iterable<ReadItems>,
  most: number,
): AsyncGenerator<readonly ImportedItem[], undefined> {
  let group: ImportedItem[] = [];
  let size = 0;
  const addresses = new Set<string>();
  const failure = new Failure();
  for await (const { items, characters } of failure.after(lines)) {
    for (const item of items) {
      const isThere = isResource(item) && addresses.has(item.address);
      if (isThere || group.length >= most || size >= mostCharacters) {
        yield group;
        group = [];
        size = 0;
        addresses.clear();
      }
      if (isResource(item)) addresses.add(item.address);
      group.push(item);
      size += characters / items.length;
    }
  }
  if (group.length > 0) yield group;
  failure.throwIfAny();
  return undefined;
}

/** Ends lines where they fail, and fails later. */
class Failure {
  private failure: { readonly error: unknown } | undefined;

  async *after(lines: AsyncIterable<ReadItems> | Iterable<ReadItems>): AsyncGenerator<ReadItems> {
    try {
      yield* lines;
    } catch (error) {
      this.failure = { error };
    }
  }

  throwIfAny(): void {
    if (this.failure) throw this.failure.error;
  }
}
