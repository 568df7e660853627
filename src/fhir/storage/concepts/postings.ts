import { GrowingNumbers } from './close-hierarchy.js';
import { copyNumbers, copyText } from './copy-rows.js';
import { postingLength } from './release-concept.js';

/** Pairs that are gathered before they go to the database. */
const mostGathered = 2_000_000;

/** Gathers which concepts a key leads to, as numbers, and hands them out as rows of at most 400. */
export class Postings {
  private readonly numbers = new Map<string, number>();
  private readonly names: string[] = [];
  /** How many rows of each key are handed out. */
  private readonly chunks: number[] = [];
  private first = 0;
  private readonly keys = new GrowingNumbers();
  private readonly concepts = new GrowingNumbers();

  constructor(private readonly kind: string) {}

  get isFull(): boolean {
    return this.keys.length >= mostGathered || this.numbers.size >= mostGathered;
  }

  add(key: string, concept: number): void {
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.names.push(key) - 1;
      this.numbers.set(key, number);
      this.chunks.push(this.first);
    }
    this.keys.push(number);
    this.concepts.push(concept);
  }

  /** The rows of what was gathered, each with `prefix`, which is gone then. */
  *rows(prefix: string): Generator<string> {
    const { starts, values } = this.sorted();
    const order = this.names.map((name, number) => ({ name, number })).toSorted(byName);
    for (const { name, number } of order) {
      const end = starts[number + 1]!;
      const key = copyText(name);
      for (let at = starts[number]!; at < end; at += postingLength)
        yield `${prefix}${this.kind}\t${key}\t${this.chunks[number]!++}\t${copyNumbers(values, at, Math.min(at + postingLength, end))}\n`;
    }
    this.keys.clear();
    this.concepts.clear();
    if (this.numbers.size >= mostGathered) this.forget();
  }

  /** Keys are in memory up to a number; one that comes again then goes on with rows that nobody has counted to. */
  private forget(): void {
    this.numbers.clear();
    this.names.length = 0;
    this.chunks.length = 0;
    this.first += 1_000_000;
  }

  private sorted(): { readonly starts: Int32Array; readonly values: Int32Array } {
    const keys = this.keys.slice();
    const starts = new Int32Array(this.names.length + 1);
    for (const key of keys) starts[key + 1]!++;
    for (let i = 1; i < starts.length; i++) starts[i]! += starts[i - 1]!;
    const filled = Int32Array.from(starts);
    const values = new Int32Array(keys.length);
    for (const [i, key] of keys.entries()) values[filled[key]!++] = this.concepts.at(i);
    return { starts, values };
  }
}

const byName = (one: { readonly name: string }, other: { readonly name: string }): number =>
  one.name < other.name ? -1 : 1;
