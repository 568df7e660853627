/** The XHTML of a narrative (https://hl7.org/fhir/R4/narrative.html#xhtml): well-formed, txt-1, txt-2, and nothing that runs. */
import { maximumDepth } from '../json/json.js';
import { illegalCharacter } from '../xml/escape.js';
import { quoted } from './found-text.js';
import {
  isAllowedAttribute,
  isAllowedElement,
  isUnsafeElement,
  isUnsafeUrl,
  urlAttributes,
} from './narrative-elements.js';

export interface NarrativeProblem {
  /** `malformed-narrative`: no XML document can hold it. */
  readonly code: 'malformed-narrative' | 'txt-1' | 'txt-2' | 'unsafe-narrative';
  readonly expected: string;
  readonly found: string;
}

const namespace = 'http://www.w3.org/1999/xhtml';
const name = /[A-Za-z_][\w:.-]{0,63}/y;
const space = /[ \t\r\n]*/y;
const equals = /[ \t\r\n]*=[ \t\r\n]*(["'])/y;
/** XML, and so a narrative, has no entities of HTML (https://hl7.org/fhir/R4/narrative.html#xhtml). */
const wrongEntity = /&(?!#\d{1,7};|#x[0-9A-Fa-f]{1,6};|(?:amp|lt|gt|quot|apos);)/;
const entityOfHtml = /^&[A-Za-z][A-Za-z0-9]{0,31};/;
const numbered = /&#(?:x([0-9A-Fa-f]{1,6})|(\d{1,7}));/g;

/**
 * The worst that is wrong with a narrative's `div`: no XML, or something that runs; else the first breach of txt-1 or txt-2; undefined for a
 * good one. `onFragment` hears of each `#id` that it names.
 */
export function findNarrativeProblem(
  text: string,
  onFragment?: (fragment: string) => void,
): NarrativeProblem | undefined {
  const reader = new NarrativeReader(text, onFragment);
  try {
    reader.read();
    return reader.breach;
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

const malformed = (expected: string, found: string): never => fail(expected, found, 'malformed-narrative');

const fail = (expected: string, found: string, code: NarrativeProblem['code']): never => {
  throw new Wrong({ code, expected, found });
};

/** Reads tags one after the other, with indexOf and short patterns: linear in the text, whatever it is. */
class NarrativeReader {
  private at = 0;
  private readonly open: string[] = [];
  private roots = 0;
  private hasContent = false;
  /** The first breach of txt-1 or txt-2: reading goes on, for the rest may run. */
  breach: NarrativeProblem | undefined;

  constructor(
    private readonly text: string,
    private readonly onFragment: ((fragment: string) => void) | undefined,
  ) {}

  read(): void {
    while (this.at < this.text.length) {
      const start = this.text.indexOf('<', this.at);
      this.readText(start === -1 ? this.text.length : start);
      if (start !== -1) this.readMarkup();
    }
    if (this.open.length > 0) malformed(`</${this.open.at(-1)}>`, 'the end of the text');
    if (this.roots === 0) malformed('one <div> around everything', 'none');
    if (!this.hasContent) this.note('some text or an image', 'only white space', 'txt-2');
  }

  private readText(end: number): void {
    const text = this.text.slice(this.at, end);
    this.at = end;
    if (text.trim() === '') return;
    if (this.open.length === 0) malformed('one <div> around everything', quoted(text.trim()));
    checkEntities(text);
    if (text.includes(']]>')) malformed('"]]&gt;"', quoted(']]>'));
    this.hasContent = true;
  }

  private readMarkup(): void {
    if (this.text.startsWith('<!--', this.at)) this.readComment();
    else if (this.text[this.at + 1] === '/') this.readClosingTag();
    else this.readOpeningTag();
  }

  private readComment(): void {
    const end = this.text.indexOf('--', this.at + 4);
    if (this.open.length === 0) malformed('one <div> around everything', 'a comment beside it');
    if (end === -1) malformed('the end of a comment', 'the end of the text');
    if (this.text[end + 2] !== '>') malformed('no "--" inside of a comment', quoted(this.text.slice(end)));
    this.at = end + 3;
  }

  private readClosingTag(): void {
    this.at += 2;
    const closed = this.take(name) ?? '';
    this.take(space);
    const opened = this.open.pop();
    if (closed !== opened || this.text[this.at] !== '>')
      malformed(opened ? `</${opened}>` : 'no closing tag', `</${closed}`);
    this.at++;
  }

  private readOpeningTag(): void {
    this.at++;
    const element = this.take(name) ?? malformed('an element', quoted(this.text.slice(this.at - 1)));
    if (isUnsafeElement(element)) fail('no active content', `<${element}>`, 'unsafe-narrative');
    if (!isAllowedElement(element)) this.note('only basic formatting elements of HTML', `<${element}>`);
    if (this.open.length === 0) this.enterRoot(element);
    const attributes = this.readAttributes(element);
    if (this.open.length === 0 && attributes.get('xmlns') !== namespace)
      this.note(`xmlns="${namespace}" on the <div>`, 'another or none');
    if (element === 'img') this.hasContent = true;
    this.endOpeningTag(element);
  }

  private endOpeningTag(element: string): void {
    if (this.text[this.at] === '/') this.at++;
    else this.open.push(element);
    if (this.open.length > maximumDepth) malformed(`at most ${maximumDepth} levels`, 'more');
    if (this.text[this.at] !== '>') malformed(`the end of the tag <${element}>`, quoted(this.text.slice(this.at)));
    this.at++;
  }

  private enterRoot(element: string): void {
    if (element !== 'div' || this.roots > 0)
      this.note('one <div> around everything', `<${element}> beside it or instead`);
    this.roots++;
  }

  private readAttributes(element: string): ReadonlyMap<string, string> {
    const attributes = new Map<string, string>();
    for (let before = this.take(space); this.at < this.text.length; before = this.take(space)) {
      const attribute = this.take(name);
      if (attribute === undefined) break;
      if (before === '') malformed('white space before an attribute', attribute);
      if (attributes.has(attribute)) malformed('each attribute once', `${attribute} on <${element}>`);
      attributes.set(attribute, this.readValue(element, attribute));
    }
    return attributes;
  }

  private readValue(element: string, attribute: string): string {
    if (/^on/i.test(attribute)) fail('no event attributes', `${attribute} on <${element}>`, 'unsafe-narrative');
    if (!isAllowedAttribute(element, attribute))
      this.note('only basic formatting attributes of HTML', `${attribute} on <${element}>`);
    const quote = this.take(equals)?.at(-1) ?? malformed('a value in quotes', `${attribute} on <${element}>`);
    const end = this.text.indexOf(quote, this.at);
    if (end === -1) malformed('the end of an attribute', 'the end of the text');
    const value = this.text.slice(this.at, end);
    this.at = end + 1;
    if (urlAttributes.has(attribute)) this.checkUrl(value);
    if (value.includes('<')) malformed('"<" as &lt; in attributes', quoted(value));
    checkEntities(value);
    return value;
  }

  private checkUrl(url: string): void {
    if (isUnsafeUrl(url)) fail('no scripts in URLs', quoted(url), 'unsafe-narrative');
    if (url.startsWith('#')) this.onFragment?.(url);
  }

  private note(expected: string, found: string, code: 'txt-1' | 'txt-2' = 'txt-1'): void {
    this.breach ??= { code, expected, found };
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }
}

function checkEntities(text: string): void {
  if (!text.includes('&')) return;
  const wrong = text.search(wrongEntity);
  if (wrong !== -1) {
    const found = text.slice(wrong);
    const entity = entityOfHtml.exec(found)?.[0];
    if (entity !== undefined)
      malformed('the character itself, or its number as in &#160;', `${entity}, an entity of HTML`);
    malformed('"&" as &amp;', quoted(found));
  }
  for (const [written, hex, decimal] of text.matchAll(numbered)) {
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    const isCharacter = point <= 0x10ffff && illegalCharacter(String.fromCodePoint(point)) === undefined;
    if (!isCharacter) malformed('a character that XML can hold', written);
  }
}
