import { BinaryRows } from './binary-rows.js';
import { byKey, GrowingNumbers } from './close-hierarchy.js';
import { postingLength } from './release-concept.js';

/** Pairs that are gathered before they go to the database. */
const mostGathered = 4_000_000;
/** Keys that are in memory. */
const mostKeys = 2_000_000;

/** Leading columns of the key of all rows of a load. */
export interface PostingOwner {
  readonly tenant: number;
  readonly load: number;
}

export const postingColumns = ['tenant', 'load', 'kind', 'key', 'chunk', 'concepts'] as const;

/** A row of `terminology_posting` with the numbers from `from` to `to`. */
export const postingRow = (
  rows: BinaryRows,
  { tenant, load }: PostingOwner,
  { kind, key, chunk }: { readonly kind: string; readonly key: string; readonly chunk: number },
): BinaryRows => rows.row().integer(tenant).integer(load).text(kind).text(key).integer(chunk);

/** Gathers which concepts a key leads to, as numbers, and hands them out as rows of at most 400. */
export class Postings {
  private readonly numbers = new Map<string, number>();
  private readonly names: string[] = [];
  /** How many rows of each key are handed out. */
  private readonly chunks: number[] = [];
  /** The last concept of each key. */
  private readonly last = new GrowingNumbers();
  private first = 0;
  private readonly keys = new GrowingNumbers();
  private readonly concepts = new GrowingNumbers();

  constructor(
    private readonly kind: string,
    private readonly owner: PostingOwner,
  ) {}

  get isFull(): boolean {
    return this.keys.length >= mostGathered || this.numbers.size >= mostKeys;
  }

  /** Concepts come in their order; a key of one counts once. */
  add(key: string, concept: number): void {
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.names.push(key) - 1;
      this.numbers.set(key, number);
      this.chunks.push(this.first);
      this.last.push(0);
    }
    if (this.last.at(number) === concept) return;
    this.last.set(number, concept);
    this.keys.push(number);
    this.concepts.push(concept);
  }

  /** Rows of what was gathered, which is gone then, as parts of one COPY. */
  *rows(): Generator<Buffer> {
    const rows = new BinaryRows(postingColumns.length);
    const { starts, values } = byKey(this.names.length, this.keys.slice(), (i) => this.concepts.at(i));
    const { kind } = this;
    for (const number of this.inOrder()) {
      const key = this.names[number]!;
      const end = starts[number + 1]!;
      for (let at = starts[number]!; at < end; at += postingLength) {
        const chunk = this.chunks[number]!++;
        postingRow(rows, this.owner, { kind, key, chunk }).integers(values, at, Math.min(at + postingLength, end));
        if (rows.isFull) yield rows.take();
      }
    }
    this.keys.clear();
    this.concepts.clear();
    if (this.numbers.size >= mostKeys) this.forget();
    yield rows.end();
  }

  /** Keys are in memory up to a number; one that comes again then goes on with rows that nobody has counted to. */
  private forget(): void {
    this.numbers.clear();
    this.names.length = 0;
    this.chunks.length = 0;
    this.last.clear();
    this.first += 1_000_000;
  }

  /** Numbers of the keys, by their names, so that the index is filled in its order. */
  private inOrder(): readonly number[] {
    return this.names.toSorted().map((name) => this.numbers.get(name)!);
  }
}
