import type { SaxesAttributeNS, SaxesTagNS } from 'saxes';
import { printable } from '../errors/request-errors.js';
import { schemaInstanceNamespace } from './namespaces.js';
import type { Place } from './place.js';
import type { XmlSource } from './xml-source.js';

/** The element at this place, and the depth of its JSON. */
export interface Position {
  /** Its name in FHIRPath, such as `.name`. */
  readonly path: string;
  /** Undefined where the element cannot repeat. */
  readonly index: number | undefined;
  readonly depth: number;
}

const isDeclaration = ({ name, prefix, local, uri }: SaxesAttributeNS): boolean =>
  name === 'xmlns' || prefix === 'xmlns' || (uri === schemaInstanceNamespace && local === 'schemaLocation');

/** An element in the namespace of FHIR: it has attributes that are known, and no text. */
export abstract class ElementPlace implements Place {
  constructor(
    protected readonly source: XmlSource,
    protected readonly position: Position,
  ) {}

  get segment(): string {
    const { path, index } = this.position;
    return index === undefined ? path : `${path}[${index}]`;
  }

  abstract open(tag: SaxesTagNS): Place;
  abstract close(tag: SaxesTagNS): void;

  text(text: string): void {
    if (/[^ \t\r\n]/.test(text)) {
      this.source.fail('Text is not allowed here; FHIR writes values in attributes', this.source.offset - 1);
    }
  }

  /** Reads the attributes and returns itself. */
  attributes({ attributes }: SaxesTagNS): this {
    for (const name in attributes) {
      const attribute = attributes[name]!;
      if (!isDeclaration(attribute)) this.attribute(attribute);
    }
    return this;
  }

  protected checkDepth(depth: number): void {
    const { depthLimit } = this.source;
    if (depth > depthLimit) {
      this.source.fail(`The body nests more than ${depthLimit} levels deep as JSON (setting DEPTH_LIMIT)`);
    }
  }

  protected attribute({ name }: SaxesAttributeNS): void {
    this.source.fail(`The attribute "${printable(name)}" is not allowed here`);
  }
}
