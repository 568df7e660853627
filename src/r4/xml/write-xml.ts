import { type Json, type JsonObject, ExactNumber, isObject } from '../json/json.js';
import { isResourceType } from '../model/resource-types.js';
import { embedNarrative } from './embed-narrative.js';
import { escapeAttribute, illegalCharacter, withoutIllegal } from './escape.js';
import { fhirNamespace } from './namespaces.js';
import { NotRepresentableInXml } from './not-representable-in-xml.js';
import { layoutOf, type XmlElement, type XmlLayout } from './xml-layout.js';

/** A text that XML cannot hold and that is written otherwise: R4 does not allow it, and what is stored may be older than our check. */
export interface Replacement {
  readonly expression: string;
  /** Completes a sentence that begins with the expression. */
  readonly fact: string;
}

/**
 * Writes a resource as FHIR XML (https://hl7.org/fhir/R4/xml.html), its elements in the order of their definitions; each on
 * a line of its own if `pretty`. Texts that XML cannot hold are written otherwise and added to `replaced`. Any other structure
 * than that of R4 is refused, never dropped: throws {@link NotRepresentableInXml}.
 */
export const writeXml = (resource: JsonObject, pretty = false, replaced: Replacement[] = []): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${new XmlWriter(pretty, replaced).resource(resource, ` xmlns="${fhirNamespace}"`)}`;

const tag = (name: string, attributes: string, content: string): string =>
  content === '' ? `<${name}${attributes}/>` : `<${name}${attributes}>${content}</${name}>`;

const isAbsent = (value: Json | undefined): value is null | undefined => value === null || value === undefined;

class XmlWriter {
  /** Position in the resource: the steps of a FHIRPath; a number is an index. */
  private readonly path: (string | number)[] = [];
  /** Text before each element: nothing, or a line break and its indent. */
  private lineStart: string;

  constructor(
    private readonly pretty: boolean,
    private readonly replaced: Replacement[],
  ) {
    this.lineStart = pretty ? '\n' : '';
  }

  resource(resource: Json, attributes = ''): string {
    const type = isObject(resource) ? resource['resourceType'] : undefined;
    if (typeof type !== 'string' || !isResourceType(type)) return this.refuse('is no R4 resource');
    const isRoot = this.path.length === 0;
    if (isRoot) this.path.push(type);
    return tag(type, attributes, this.content(resource as JsonObject, layoutOf(type)));
  }

  private content(object: JsonObject, layout: XmlLayout): string {
    return this.indented(() => {
      let content = '';
      for (const element of this.presentElements(object, layout)) {
        this.path.push(element.path);
        content += this.element(object, element);
        this.path.pop();
      }
      return content;
    });
  }

  private indented(write: () => string): string {
    const outer = this.lineStart;
    if (this.pretty) this.lineStart += '  ';
    const content = write();
    this.lineStart = outer;
    return content === '' ? '' : content + outer;
  }

  /** The elements of an object in the order of the definition. */
  private presentElements(object: JsonObject, layout: XmlLayout): readonly XmlElement[] {
    const present: XmlElement[] = [];
    let previous = -1;
    let isOrdered = true;
    for (const property in object) {
      const element = this.elementOf(property, object, layout);
      if (!element) continue;
      if (element.order < previous) isOrdered = false;
      previous = element.order;
      present.push(element);
    }
    return isOrdered ? present : present.toSorted((left, right) => left.order - right.order);
  }

  /** Undefined for what is written elsewhere: in the tag, or together with its primitive. */
  private elementOf(property: string, object: JsonObject, layout: XmlLayout): XmlElement | undefined {
    if (object[property] === undefined || layout.attributes.has(property)) return undefined;
    const element = layout.properties.get(property);
    if (!element) {
      if (property === 'resourceType' && isResourceType(layout.type)) return undefined;
      return this.refuse(`has the property "${property}"`);
    }
    return property === element.sibling && object[element.name] !== undefined ? undefined : element;
  }

  private element(object: JsonObject, element: XmlElement): string {
    const value = object[element.name];
    const rest = element.content === 'primitive' ? object[element.sibling] : undefined;
    if (!element.repeats) return this.occurrence(element, value, rest);
    const values = this.items(value);
    const rests = this.items(rest);
    const count = Math.max(values.length, rests.length);
    if (count === 0) return this.refuse('is an empty array');
    let written = '';
    for (let i = 0; i < count; i++) {
      this.path.push(i);
      written += this.occurrence(element, values[i], rests[i]);
      this.path.pop();
    }
    return written;
  }

  private items(value: Json | undefined): readonly Json[] {
    if (value === undefined) return [];
    return Array.isArray(value) ? (value as readonly Json[]) : this.refuse('is no array');
  }

  private occurrence(element: XmlElement, value: Json | undefined, rest: Json | undefined): string {
    return this.lineStart + this.single(element, value, rest);
  }

  private single({ name, type, content }: XmlElement, value: Json | undefined, rest: Json | undefined): string {
    if (content === 'primitive') return this.primitive(name, value, rest);
    if (content === 'xhtml') return this.narrative(value);
    if (content === 'resource') {
      return tag(
        name,
        '',
        this.indented(() => this.lineStart + this.resource(value ?? null)),
      );
    }
    return isObject(value) ? this.object(name, value, layoutOf(type)) : this.refuse('is no object');
  }

  private object(name: string, object: JsonObject, layout: XmlLayout, attributes = ''): string {
    let written = attributes;
    for (const attribute of layout.attributes) {
      const value = object[attribute];
      if (value === undefined) continue;
      if (typeof value !== 'string') return this.refuse(`has a property "${attribute}" that is no text`);
      written += this.attribute(attribute, value);
    }
    return tag(name, written, this.content(object, layout));
  }

  private primitive(name: string, value: Json | undefined, rest: Json | undefined): string {
    const attributes = isAbsent(value) ? '' : this.attribute('value', this.scalar(value));
    if (!isAbsent(rest)) {
      if (!isObject(rest)) return this.refuse('has extensions that are no object');
      return this.object(name, rest, layoutOf('Element'), attributes);
    }
    return attributes === '' ? this.refuse('is null without id or extension') : `<${name}${attributes}/>`;
  }

  private scalar(value: Json): string {
    if (typeof value === 'string') return value;
    if (value instanceof ExactNumber) return value.text;
    return typeof value === 'object' ? this.refuse('is no primitive value') : String(value);
  }

  private attribute(name: string, value: string): string {
    const illegal = illegalCharacter(value);
    if (illegal !== undefined) this.note(`contains the character ${illegal}, which is written as U+FFFD`);
    return ` ${name}="${escapeAttribute(illegal === undefined ? value : withoutIllegal(value))}"`;
  }

  private narrative(div: Json | undefined): string {
    if (typeof div !== 'string') return this.refuse('is no text');
    const { text, loss } = embedNarrative(div);
    if (loss !== undefined) this.note(`${loss} and is written as far as XML can hold it`);
    return text;
  }

  private note(fact: string): void {
    this.replaced.push({ expression: this.expression, fact });
  }

  private refuse(fact: string): never {
    throw new NotRepresentableInXml(this.expression, fact);
  }

  private get expression(): string {
    const steps = this.path.map((step) => (typeof step === 'number' ? `[${step}]` : step));
    return steps.join('') || 'The resource';
  }
}
