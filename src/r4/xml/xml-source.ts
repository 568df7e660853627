import type { SaxesTagNS } from 'saxes';
import { printable } from '../errors/request-errors.js';
import { textPlace } from '../errors/text-place.js';
import { MalformedXml } from './malformed-xml.js';
import type { Place } from './place.js';
import { tokenizer } from './tokenizer.js';

/** A text that is being read, and the elements that are open. */
export class XmlSource {
  private readonly places: Place[] = [];
  private readonly parser = tokenizer({
    open: (tag) => this.open(tag),
    close: (tag) => this.close(tag),
    text: (text) => this.innermost.text(text),
    malformed: (fact) => this.fail(`The body cannot be read as XML: ${fact}`, Math.max(this.offset - 1, 0)),
  });

  constructor(
    readonly text: string,
    readonly depthLimit: number,
  ) {}

  /** Walks through the document; `document` receives the root element. Throws {@link MalformedXml}. */
  parse(document: Place): void {
    this.refuseLoneSurrogates();
    this.places.push(document);
    this.parser.write(this.text).close();
  }

  /** Offset of the tag that is being read. */
  get tagStart(): number {
    return this.text.lastIndexOf('<', this.parser.position - 1);
  }

  /** Offset behind what was read. */
  get offset(): number {
    return Math.min(this.parser.position, this.text.length);
  }

  fail(reason: string, offset = this.tagStart): never {
    throw new MalformedXml(reason, textPlace(this.text, offset), this.places.map(({ segment }) => segment).join(''));
  }

  private get innermost(): Place {
    return this.places.at(-1)!;
  }

  private open(tag: SaxesTagNS): void {
    if (this.places.length === 1) this.checkProlog();
    this.places.push(this.innermost.open(tag));
  }

  private close(tag: SaxesTagNS): void {
    this.innermost.close(tag);
    this.places.pop();
  }

  // The tokenizer would join half of a pair with whatever follows.
  private refuseLoneSurrogates(): void {
    if (this.text.isWellFormed()) return;
    this.fail('The body contains half of a surrogate pair, which is not Unicode text', this.text.search(/\p{Cs}/u));
  }

  /** Checks the text before the root element; a well-formed document has no DTD elsewhere. */
  private checkProlog(): void {
    const { version = '1.0', encoding = 'UTF-8' } = this.parser.xmlDecl;
    if (version !== '1.0') this.fail(`XML ${printable(version)} is not read here; XML 1.0 is`, 0);
    if (encoding.toLowerCase() !== 'utf-8')
      this.fail(`The encoding ${printable(encoding)} is not read here; UTF-8 is`, 0);
    for (const { 0: part, index } of this.text.slice(0, this.tagStart).matchAll(/<!--[^]*?-->|<\?[^]*?\?>|<!D/g)) {
      if (part === '<!D') this.fail('A document type declaration (DTD) is not read here; leave it out', index);
    }
  }
}
