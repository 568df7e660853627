import { character, choice, end, type Matcher, repeat, sequence, start } from './expression-matcher.js';

/** Thrown for a regular expression that is not understood here; the message says why. */
export class InvalidExpression extends Error {}

/** Parts that can be repeated: an escape, a class in brackets, any character, a literal. */
const single =
  /\\[dDwWsStrnf]|\\[\\^$.*+?()[\]{}|/-]|\[\^?(?:\\[dDwWsStrnf\\^\]/.-]|[^\]\\])+\]|\.|[^\\^$.*+?()[\]{}|]/uy;
const quantifier = /(?:([*+?])|\{(\d{1,3})(,(\d{1,3})?)?\})\??/uy;

/** Literals, `.`, escapes, classes, groups, `|`, `^`, `$` and quantifiers; nothing that would need backtracking. */
export function parseExpression(pattern: string): Matcher {
  const reader = new ExpressionReader(pattern);
  const match = reader.choice();
  if (!reader.isAtEnd) throw new InvalidExpression('a ")" closes no group');
  return match;
}

class ExpressionReader {
  private at = 0;

  constructor(private readonly pattern: string) {}

  get isAtEnd(): boolean {
    return this.at === this.pattern.length;
  }

  choice(): Matcher {
    const parts = [this.sequence()];
    while (this.skip('|')) parts.push(this.sequence());
    return parts.length === 1 ? parts[0]! : choice(parts);
  }

  private sequence(): Matcher {
    const parts: Matcher[] = [];
    while (!this.isAtEnd && !this.isNext('|') && !this.isNext(')')) parts.push(this.repeated());
    return sequence(parts);
  }

  private repeated(): Matcher {
    if (this.skip('^')) return start;
    if (this.skip('$')) return end;
    const part = this.atom();
    const found = this.take(quantifier);
    return found ? repeat(part, ...boundsOf(found)) : part;
  }

  private atom(): Matcher {
    if (this.skip('(')) return this.group();
    const [text] = this.take(single) ?? [];
    if (text === undefined)
      throw new InvalidExpression(`"${this.pattern.slice(this.at, this.at + 10)}" is not understood`);
    const test = characterTest(text);
    return character((one) => test.test(one));
  }

  private group(): Matcher {
    if (this.isNext('?') && !this.skip('?:')) throw new InvalidExpression('of groups with "?" there is "(?:" only');
    const match = this.choice();
    if (!this.skip(')')) throw new InvalidExpression('a group is not closed');
    return match;
  }

  private isNext(text: string): boolean {
    return this.pattern.startsWith(text, this.at);
  }

  private skip(text: string): boolean {
    const isNext = this.isNext(text);
    if (isNext) this.at += text.length;
    return isNext;
  }

  private take(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.at;
    const found = expression.exec(this.pattern) ?? undefined;
    if (found) this.at += found[0].length;
    return found;
  }
}

/** Returns the least and the largest number of repetitions. */
function boundsOf([, sign, least = '0', range, most]: RegExpExecArray): readonly [number, number] {
  if (sign !== undefined) return [sign === '+' ? 1 : 0, sign === '?' ? 1 : Infinity];
  const open = most === undefined ? Infinity : Number(most);
  const highest = range === undefined ? Number(least) : open;
  if (highest < Number(least)) throw new InvalidExpression('the numbers of a quantifier are out of order');
  return [Number(least), highest];
}

/** One character, so there is nothing to go back to. */
function characterTest(text: string): RegExp {
  try {
    return new RegExp(`^${text}$`, 'su');
  } catch {
    throw new InvalidExpression(`"${text}" is not understood`);
  }
}
