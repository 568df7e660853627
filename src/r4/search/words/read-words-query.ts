import { wordsOf } from './words-of.js';

const mostWords = 100;
const deepest = 20;

const blanks = /[\s\p{Cc}]*/uy;
const phrase = /"[^"]*"/y;
const bare = /[^\s"()]+/y;

/** Refuses the text with a fact about it. */
type Fail = (fact: string) => never;

/** Reads what is searched as a `tsquery`. `weight`: that of the words it is limited to. */
export const readWordsQuery = (text: string, weight: 'A' | '', fail: Fail): string =>
  new WordsQueryReader(text, weight, fail).whole();

class WordsQueryReader {
  private at = 0;
  private depth = 0;
  private words = 0;

  constructor(
    private readonly text: string,
    private readonly weight: 'A' | '',
    private readonly fail: Fail,
  ) {}

  whole(): string {
    const query = this.alternatives();
    return this.at < this.text.length ? this.fail('a ")" has no "(".') : query;
  }

  /** `OR` binds less than `AND`, which binds less than `NOT`. */
  private alternatives(): string {
    const found = [this.conjunction()];
    while (this.take(/OR(?=[\s"(]|$)/y)) found.push(this.conjunction());
    return found.length === 1 ? found[0]! : `(${found.join(' | ')})`;
  }

  private conjunction(): string {
    const found = [this.term()];
    while (!this.isAtEndOfConjunction()) {
      this.take(/AND(?=[\s"(]|$)/y);
      found.push(this.term());
    }
    return found.length === 1 ? found[0]! : `(${found.join(' & ')})`;
  }

  private isAtEndOfConjunction(): boolean {
    this.skipBlanks();
    return this.at >= this.text.length || this.looksAt(/\)|OR(?=[\s"(]|$)/y) !== undefined;
  }

  private term(): string {
    if (this.take(/NOT(?=[\s"(]|$)/y)) return this.nested(() => `!${this.term()}`);
    if (this.take(/\(/y)) {
      const inner = this.nested(() => this.alternatives());
      if (!this.take(/\)/y)) this.fail('a ")" is missing.');
      return inner;
    }
    return this.lexemes();
  }

  private nested(read: () => string): string {
    if (++this.depth > deepest) this.fail(`it is nested deeper than ${deepest} levels.`);
    const query = read();
    this.depth--;
    return query;
  }

  /** A phrase in quotes, or what stands between blanks: that is one too when it has several words, as in `x-ray`. */
  private lexemes(): string {
    this.skipBlanks();
    if (this.at >= this.text.length || this.looksAt(/\)/y)) this.fail('here a word is expected.');
    const quoted = this.take(phrase);
    const written = quoted ?? this.take(bare) ?? this.fail('a quote has no end.');
    if (/^(?:AND|OR)$/.test(written))
      this.fail(`"${written}" stands between two words; as a word it is written small.`);
    const isStart = quoted === undefined && written.endsWith('*');
    const words = wordsOf(written);
    if (words.length === 0) this.fail(`${written} has no letters and no digits.`);
    if ((this.words += words.length) > mostWords) this.fail(`it has more than ${mostWords} words.`);
    const last = words.length - 1;
    const found = words.map((word, at) => `'${word}'${this.flagsOf(isStart && at === last)}`).join(' <-> ');
    return words.length === 1 ? found : `(${found})`;
  }

  private flagsOf(isStart: boolean): string {
    const flags = `${isStart ? '*' : ''}${this.weight}`;
    return flags === '' ? '' : `:${flags}`;
  }

  private take(pattern: RegExp): string | undefined {
    this.skipBlanks();
    const found = this.looksAt(pattern);
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private looksAt(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    return pattern.exec(this.text)?.[0];
  }

  private skipBlanks(): void {
    blanks.lastIndex = this.at;
    this.at += blanks.exec(this.text)?.[0].length ?? 0;
  }
}
