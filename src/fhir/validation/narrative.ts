/** The XHTML of a narrative (https://hl7.org/fhir/R4/narrative.html#xhtml): txt-1, txt-2, and nothing that runs. */
import { quoted } from './found-text.js';
import {
  isAllowedAttribute,
  isAllowedElement,
  isUnsafeElement,
  isUnsafeUrl,
  urlAttributes,
} from './narrative-elements.js';

export interface NarrativeProblem {
  readonly code: 'txt-1' | 'txt-2' | 'unsafe-narrative';
  readonly expected: string;
  readonly found: string;
}

const namespace = 'http://www.w3.org/1999/xhtml';
const name = /[A-Za-z_][\w:.-]{0,63}/y;
const space = /\s*/y;
const equals = /\s*=\s*(["'])/y;
const wrongEntity = /&(?!#\d{1,7};|#x[0-9A-Fa-f]{1,6};|[A-Za-z][A-Za-z0-9]{0,31};)/;

/** The first thing that is wrong with a narrative's `div`; undefined for a good one. */
export function findNarrativeProblem(text: string): NarrativeProblem | undefined {
  const reader = new NarrativeReader(text);
  try {
    reader.read();
    return undefined;
  } catch (error) {
    if (error instanceof Wrong) return error.problem;
    throw error;
  }
}

class Wrong extends Error {
  constructor(readonly problem: NarrativeProblem) {
    super(problem.expected);
  }
}

const fail = (expected: string, found: string, code: NarrativeProblem['code'] = 'txt-1'): never => {
  throw new Wrong({ code, expected, found });
};

/** Reads tags one after the other, with indexOf and short patterns: linear in the text, whatever it is. */
class NarrativeReader {
  private at = 0;
  private readonly open: string[] = [];
  private roots = 0;
  private hasContent = false;

  constructor(private readonly text: string) {}

  read(): void {
    while (this.at < this.text.length) {
      const start = this.text.indexOf('<', this.at);
      this.readText(start === -1 ? this.text.length : start);
      if (start !== -1) this.readMarkup();
    }
    if (this.open.length > 0) fail(`</${this.open.at(-1)}>`, 'the end of the text');
    if (this.roots === 0) fail('one <div> around everything', 'none');
    if (!this.hasContent) fail('some text or an image', 'only white space', 'txt-2');
  }

  private readText(end: number): void {
    const text = this.text.slice(this.at, end);
    this.at = end;
    if (text.trim() === '') return;
    if (this.open.length === 0) fail('one <div> around everything', quoted(text.trim()));
    if (wrongEntity.test(text))
      fail('"&" only as the start of an entity such as &amp;', quoted(text.slice(text.search(wrongEntity))));
    this.hasContent = true;
  }

  private readMarkup(): void {
    if (this.text.startsWith('<!--', this.at)) this.readComment();
    else if (this.text[this.at + 1] === '/') this.readClosingTag();
    else this.readOpeningTag();
  }

  private readComment(): void {
    const end = this.text.indexOf('-->', this.at + 4);
    if (end === -1) fail('the end of a comment', 'the end of the text');
    this.at = end + 3;
  }

  private readClosingTag(): void {
    this.at += 2;
    const closed = this.take(name) ?? '';
    this.take(space);
    const opened = this.open.pop();
    if (closed !== opened || this.text[this.at] !== '>')
      fail(opened ? `</${opened}>` : 'no closing tag', `</${closed}`);
    this.at++;
  }

  private readOpeningTag(): void {
    this.at++;
    const element = this.take(name) ?? fail('an element', quoted(this.text.slice(this.at - 1)));
    if (isUnsafeElement(element)) fail('no active content', `<${element}>`, 'unsafe-narrative');
    if (!isAllowedElement(element)) fail('only basic formatting elements of HTML', `<${element}>`);
    if (this.open.length === 0) this.enterRoot(element);
    const attributes = this.readAttributes(element);
    if (this.open.length === 0 && attributes.get('xmlns') !== namespace)
      fail(`xmlns="${namespace}" on the <div>`, 'another or none');
    if (element === 'img') this.hasContent = true;
    if (this.text[this.at] === '/') this.at++;
    else this.open.push(element);
    if (this.text[this.at] !== '>') fail(`the end of the tag <${element}>`, quoted(this.text.slice(this.at)));
    this.at++;
  }

  private enterRoot(element: string): void {
    if (element !== 'div' || this.roots > 0) fail('one <div> around everything', `<${element}> beside it or instead`);
    this.roots++;
  }

  private readAttributes(element: string): ReadonlyMap<string, string> {
    const attributes = new Map<string, string>();
    for (let before = this.take(space); this.at < this.text.length; before = this.take(space)) {
      const attribute = this.take(name);
      if (attribute === undefined) break;
      if (before === '') fail('white space before an attribute', attribute);
      if (attributes.has(attribute)) fail('each attribute once', `${attribute} on <${element}>`);
      attributes.set(attribute, this.readValue(element, attribute));
    }
    return attributes;
  }

  private readValue(element: string, attribute: string): string {
    if (/^on/i.test(attribute)) fail('no event attributes', `${attribute} on <${element}>`, 'unsafe-narrative');
    if (!isAllowedAttribute(element, attribute))
      fail('only basic formatting attributes of HTML', `${attribute} on <${element}>`);
    const quote = this.take(equals)?.at(-1) ?? fail('a value in quotes', `${attribute} on <${element}>`);
    const end = this.text.indexOf(quote, this.at);
    if (end === -1) fail('the end of an attribute', 'the end of the text');
    const value = this.text.slice(this.at, end);
    this.at = end + 1;
    if (value.includes('<') || wrongEntity.test(value)) fail('"<" and "&" as entities in attributes', quoted(value));
    if (urlAttributes.has(attribute) && isUnsafeUrl(value))
      fail('no scripts in URLs', quoted(value), 'unsafe-narrative');
    return value;
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }
}
