import type { SaxesTagNS } from 'saxes';
import { maximumDepth } from '../json/json.js';
import { printable } from '../errors/request-errors.js';
import type { Place } from './place.js';
import type { XmlSource } from './xml-source.js';

/** Keeps a `div` that declares its namespace itself as it was sent, to the last space. */
export class VerbatimNarrative implements Place {
  readonly segment = '.div';
  private readonly start: number;
  private readonly tags: SaxesTagNS[] = [];

  constructor(
    private readonly source: XmlSource,
    private readonly receive: (div: string) => void,
  ) {
    this.start = source.tagStart;
  }

  open(tag: SaxesTagNS): Place {
    this.tags.push(tag);
    if (this.tags.length > maximumDepth) this.source.fail(`The narrative nests more than ${maximumDepth} levels deep`);
    this.checkPrefix(tag.prefix);
    for (const name in tag.attributes) this.checkPrefix(tag.attributes[name]!.prefix);
    return this;
  }

  text(): void {
    // Part of the slice that is taken at the end.
  }

  close(): void {
    this.tags.pop();
    if (this.tags.length === 0) this.receive(this.source.text.slice(this.start, this.source.offset));
  }

  /** The text has to stand alone in JSON. */
  private checkPrefix(prefix: string): void {
    if (prefix === '' || prefix === 'xml' || prefix === 'xmlns') return;
    if (this.tags.some(({ ns }) => ns[prefix] !== undefined)) return;
    this.source.fail(`The prefix "${printable(prefix)}" is declared outside the narrative; declare it in the div`);
  }
}
