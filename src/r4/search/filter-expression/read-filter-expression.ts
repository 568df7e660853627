import type { Comparison, FilterExpression, PathStep } from './filter-expression.js';
import { FilterReader } from './filter-reader.js';

/** Enough for what people and programs write; more would be a statement that takes long to plan. */
const mostComparisons = 100;
const deepest = 20;

const blanks = / */y;
const blank = / +/y;
const open = /\( */y;
const close = / *\)/y;
const openBracket = /\[ */y;
const closeBracket = / *\]/y;
const point = /\./y;
const not = /not *(?=\()/y;
const bareNot = /not /y;
const logical = / *\b(?:and|or)\b */y;
const name = /[A-Za-z_][A-Za-z0-9_-]*(?::[A-Za-z_][A-Za-z0-9_-]*)*/y;
const operator = /[A-Za-z]+/y;
const string = /"(?:[^"\\]|\\.)*"/y;
const token = /[^\s)\]"][^\s)\]]*/y;

/** `and` and `or` count the same and are read from left to right, as R4 has it. Throws 400. */
export function readFilterExpression(text: string): FilterExpression {
  return new ExpressionReader(new FilterReader(text)).whole();
}

class ExpressionReader {
  private depth = 0;
  private comparisons = 0;

  constructor(private readonly reader: FilterReader) {}

  whole(): FilterExpression {
    this.reader.take(blanks);
    const expression = this.expression();
    this.reader.take(blanks);
    if (!this.reader.isAtEnd) this.reader.fail('here "and", "or" or the end is expected.');
    return expression;
  }

  private expression(): FilterExpression {
    let left = this.term();
    for (let word = this.reader.take(logical); word !== undefined; word = this.reader.take(logical)) {
      const kind = word.trim() === 'and' ? 'and' : 'or';
      const before = left.kind === kind ? left.of : [left];
      left = { kind, of: [...before, this.term()] };
    }
    return left;
  }

  private term(): FilterExpression {
    const { reader } = this;
    if (reader.take(not) !== undefined) return { kind: 'not', of: this.inside(open, close, ')') };
    if (reader.take(bareNot) !== undefined) reader.fail('what "not" turns round stands in parentheses.');
    return this.inParentheses() ?? this.comparison();
  }

  private inParentheses(): FilterExpression | undefined {
    return this.reader.take(/(?=\()/y) === undefined ? undefined : this.inside(open, close, ')');
  }

  private inside(start: RegExp, end: RegExp, mark: string): FilterExpression {
    this.reader.require(start, 'an opening parenthesis is missing.');
    if (++this.depth > deepest) this.reader.fail(`it is nested deeper than ${deepest} levels.`);
    const expression = this.expression();
    this.reader.require(end, `"${mark}" is missing.`);
    this.depth--;
    return expression;
  }

  private comparison(): Comparison {
    const { reader } = this;
    if (++this.comparisons > mostComparisons) reader.fail(`it has more than ${mostComparisons} comparisons.`);
    const path = this.path();
    reader.require(blank, 'after a search parameter come a blank, an operator and a value.');
    const compares = reader.require(operator, 'an operator such as eq is missing.');
    reader.require(blank, 'after an operator come a blank and a value.');
    return { kind: 'comparison', path, operator: compares, value: this.value() };
  }

  private path(): readonly PathStep[] {
    const { reader } = this;
    const steps: PathStep[] = [];
    do {
      const step = { name: reader.require(name, 'here the name of a search parameter is expected.') };
      const isFiltered = reader.take(/(?=\[)/y) !== undefined;
      steps.push(isFiltered ? { ...step, filter: this.inside(openBracket, closeBracket, ']') } : step);
      if (isFiltered)
        reader.require(/(?=\.)/y, 'after "]" comes a point and a search parameter of what is referred to.');
    } while (reader.take(point) !== undefined);
    return steps;
  }

  private value(): string {
    const { reader } = this;
    const quoted = reader.take(string);
    if (quoted !== undefined) return this.unquoted(quoted);
    return reader.require(token, 'a value is missing: a text in double quotes, or one without blanks, ")" and "]".');
  }

  private unquoted(quoted: string): string {
    try {
      const text = JSON.parse(quoted) as string;
      if (text.isWellFormed()) return text;
    } catch {
      // Told below.
    }
    return this.reader.fail('the text before this is no JSON string.');
  }
}
