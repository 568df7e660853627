import type { SaxesAttributeNS, SaxesTagNS } from 'saxes';
import { maximumDepth } from '../json/json.js';
import { printable } from '../errors/request-errors.js';
import { escapeAttribute, escapeText } from './escape.js';
import { xhtmlNamespace } from './namespaces.js';
import type { Place } from './place.js';
import type { XmlSource } from './xml-source.js';

/** Writes a `div` anew whose namespace was declared outside it, such as `<h:div>`, so that the text stands alone. */
export class StandaloneNarrative implements Place {
  readonly segment = '.div';
  private written = '';
  private depth = 0;
  private tagIsOpen = false;

  constructor(
    private readonly source: XmlSource,
    private readonly receive: (div: string) => void,
  ) {}

  open({ name, local, uri, attributes }: SaxesTagNS): Place {
    if (uri !== xhtmlNamespace) this.source.fail(`"${printable(name)}" has to be in the namespace ${xhtmlNamespace}`);
    if (++this.depth > maximumDepth) this.source.fail(`The narrative nests more than ${maximumDepth} levels deep`);
    this.endTag();
    this.written += `<${local}${this.depth === 1 ? ` xmlns="${xhtmlNamespace}"` : ''}`;
    this.tagIsOpen = true;
    for (const attribute in attributes) this.attribute(attributes[attribute]!);
    return this;
  }

  text(text: string): void {
    this.endTag();
    this.written += escapeText(text);
  }

  close({ local }: SaxesTagNS): void {
    this.written += this.tagIsOpen ? '/>' : `</${local}>`;
    this.tagIsOpen = false;
    if (--this.depth === 0) this.receive(this.written);
  }

  private endTag(): void {
    if (this.tagIsOpen) this.written += '>';
    this.tagIsOpen = false;
  }

  private attribute({ name, prefix, value }: SaxesAttributeNS): void {
    if (name === 'xmlns' || prefix === 'xmlns') return;
    if (prefix !== '' && prefix !== 'xml') this.source.fail(`The attribute "${printable(name)}" is not allowed here`);
    this.written += ` ${name}="${escapeAttribute(value)}"`;
  }
}
