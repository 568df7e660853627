import { CannotExpand } from '../cannot-expand.js';

/** Characters of one expression. */
export const longestEcl = 4000;
/** Parentheses in parentheses. */
const deepest = 20;
/** Concepts that one expression may name. */
const mostConcepts = 100;

const supported =
  'This server reads *, concepts with terms, < << <! <<! > >> >! >>! and ^ before a concept, AND, OR, MINUS, the comma, parentheses, and refinements of attributes by "=".';

/** The text of an expression and a place in it. Throws {@link CannotExpand} with the position, from 1. */
export class EclText {
  at = 0;
  private depth = 0;
  private concepts = 0;

  constructor(private readonly text: string) {
    if (text.length > longestEcl)
      throw new CannotExpand(
        `The ECL expression has ${text.length} characters, and at most ${longestEcl} are read. Store its parts as value sets.`,
      );
  }

  /** Blanks and comments. */
  skip(): void {
    this.take(/(?:[ \t\r\n]|\/\*[^*]*\*+(?:[^*/][^*]*\*+)*\/)*/y);
  }

  /** The match of the expression here, and the place after it and blanks; undefined: something else. */
  take(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.at;
    const found = sticky.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  takeText(text: string): boolean {
    if (!this.text.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  startsWith(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }

  get isOver(): boolean {
    return this.at >= this.text.length;
  }

  countConcept(): void {
    if (++this.concepts > mostConcepts)
      this.refuse(`more than ${mostConcepts} concepts are named. Store its parts as value sets`);
  }

  /** Reads what stands in parentheses, after the first one. */
  within<T>(read: () => T): T {
    if (++this.depth > deepest) this.refuse(`parentheses nest more than ${deepest} times`);
    const found = read();
    this.skip();
    if (!this.takeText(')')) this.expect('")"');
    this.depth--;
    return found;
  }

  /** Throws for a part of the language that this server does not read. */
  refuse(fact: string): never {
    throw new CannotExpand(`The ECL expression cannot be used: at position ${this.at + 1}, ${fact}. ${supported}`);
  }

  /** The expression is none. */
  expect(wanted: string): never {
    const found = this.isOver ? 'its end' : JSON.stringify(this.text.slice(this.at, this.at + 20).toWellFormed());
    throw new CannotExpand(
      `The ECL expression cannot be read at position ${this.at + 1}: expected ${wanted}, found ${found}. ${supported}`,
      'vs-invalid',
    );
  }
}
