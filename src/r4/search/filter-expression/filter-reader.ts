import { FilterSyntaxError } from './filter-syntax-error.js';

/** Walks the text of a filter from its start to its end. */
export class FilterReader {
  private at = 0;

  constructor(private readonly text: string) {}

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** Moves on over what matches here; the pattern is sticky. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  /** Takes what the pattern matches here; throws 400 if it does not match. */
  require(pattern: RegExp, fact: string): string {
    return this.take(pattern) ?? this.fail(fact);
  }

  /** Throws 400. */
  fail(fact: string): never {
    throw new FilterSyntaxError(this.text, this.at, fact);
  }
}
