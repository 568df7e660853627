import type { SaxesAttributeNS, SaxesTagNS } from 'saxes';
import type { Json, JsonObject } from '../json/json.js';
import { nearest } from '../model/nearest.js';
import { printable } from '../errors/request-errors.js';
import { isResourceType, suggestType } from '../model/resource-types.js';
import { ElementPlace, type Position } from './element-place.js';
import { fhirNamespace, xhtmlNamespace } from './namespaces.js';
import type { Place } from './place.js';
import { lexicalForm, readPrimitive } from './primitive-text.js';
import { StandaloneNarrative } from './standalone-narrative.js';
import { VerbatimNarrative } from './verbatim-narrative.js';
import { layoutOf, type XmlElement, type XmlLayout } from './xml-layout.js';
import type { XmlSource } from './xml-source.js';

/** Position of the root of a document. */
export const documentPosition: Position = { path: '', index: undefined, depth: 1 };

const didYouMean = (suggestion: string | undefined): string => (suggestion ? `; did you mean "${suggestion}"?` : '');

/** Puts an item into the array of a repeating property, which `index` items came before. */
function append(object: JsonObject, property: string, index: number, item: Json): void {
  const items = object[property] as Json[] | undefined;
  if (items) items.push(item);
  else if (item !== null) object[property] = [...Array.from({ length: index }, () => null), item];
}

function isEmpty(object: JsonObject): boolean {
  for (const _ in object) return false;
  return true;
}

/** Holds one resource: the document, and elements such as `contained` and `Bundle.entry.resource`. */
export class ResourcePlace extends ElementPlace {
  private resource: JsonObject | undefined;

  constructor(
    source: XmlSource,
    position: Position,
    private readonly receive: (resource: JsonObject) => void,
  ) {
    super(source, position);
  }

  open(tag: SaxesTagNS): Place {
    const type = tag.local;
    if (tag.uri !== fhirNamespace) this.source.fail(`A resource has to be in the namespace ${fhirNamespace}`);
    if (!isResourceType(type)) {
      this.source.fail(`"${printable(type)}" is not a FHIR R4 resource type${didYouMean(suggestType(type))}`);
    }
    if (this.resource) this.source.fail('This element holds a second resource; it may hold one');
    this.resource = { resourceType: type };
    this.receive(this.resource);
    const { depth } = this.position;
    const position = { path: this.position === documentPosition ? type : '', index: undefined, depth };
    return new ObjectPlace(this.source, position, layoutOf(type), this.resource).attributes(tag);
  }

  close(): void {
    if (!this.resource) this.source.fail('This element holds no resource');
  }
}

/** Reads the content of a type: a resource, a data type or a backbone element. */
class ObjectPlace extends ElementPlace {
  private previous: XmlElement | undefined;
  private index = 0;

  constructor(
    source: XmlSource,
    position: Position,
    private readonly layout: XmlLayout,
    protected readonly object: JsonObject,
  ) {
    super(source, position);
  }

  open(tag: SaxesTagNS): Place {
    const element = this.elementOf(tag);
    const index = this.indexOf(element);
    if (element.content === 'xhtml') return this.openNarrative(element, tag);
    const position = {
      path: element.path,
      index: element.repeats ? index : undefined,
      depth: this.position.depth + (element.repeats ? 2 : 1),
    };
    // A primitive without id and extensions is no object in JSON.
    this.checkDepth(element.content === 'primitive' ? position.depth - 1 : position.depth);
    return this.place(element, position).attributes(tag);
  }

  close(): void {
    // A child is part of the object from the moment it opens.
  }

  protected override attribute(attribute: SaxesAttributeNS): void {
    if (attribute.uri !== '' || !this.layout.attributes.has(attribute.name)) super.attribute(attribute);
    this.object[attribute.name] = attribute.value;
  }

  private openNarrative(element: XmlElement, tag: SaxesTagNS): Place {
    const declaresNamespace = tag.name === 'div' && tag.ns[''] !== undefined;
    const Narrative = declaresNamespace ? VerbatimNarrative : StandaloneNarrative;
    return new Narrative(this.source, (div) => this.attach(element, div)).open(tag);
  }

  private place(element: XmlElement, position: Position): ElementPlace {
    if (element.content === 'primitive') return new PrimitivePlace(this.source, position, element, this.object);
    if (element.content === 'resource') {
      return new ResourcePlace(this.source, position, (resource) => this.attach(element, resource));
    }
    const child: JsonObject = {};
    this.attach(element, child);
    return new ObjectPlace(this.source, position, layoutOf(element.type), child);
  }

  private attach({ name, repeats }: XmlElement, child: Json): void {
    if (repeats) append(this.object, name, 0, child);
    else this.object[name] = child;
  }

  private elementOf({ name, local, uri }: SaxesTagNS): XmlElement {
    const { type, elements } = this.layout;
    const element = elements.get(local);
    if (!element) {
      this.source.fail(`"${printable(name)}" is no element of ${type}${didYouMean(nearest(local, elements.keys()))}`);
    }
    const namespace = element.content === 'xhtml' ? xhtmlNamespace : fhirNamespace;
    if (uri !== namespace) this.source.fail(`"${printable(name)}" has to be in the namespace ${namespace}`);
    return element;
  }

  /** Returns the number of earlier elements of the same name; refuses an order that is not that of the definition. */
  private indexOf(element: XmlElement): number {
    const { previous } = this;
    this.previous = element;
    this.index = previous === element ? this.index + 1 : 0;
    if (!previous) return 0;
    if (previous === element && !element.repeats) this.source.fail(`"${element.name}" occurs a second time`);
    if (previous !== element && previous.order >= element.order) this.refuseOrder(element, previous);
    return this.index;
  }

  private refuseOrder({ name, path, order }: XmlElement, previous: XmlElement): never {
    return this.source.fail(
      previous.order === order
        ? `"${previous.name}" and "${name}" exclude each other; ${path.slice(1)}[x] has one value`
        : `"${name}" has to come before "${previous.name}"; XML keeps the order of the definition of ${this.layout.type}`,
    );
  }
}

/** Reads a primitive; its id and extensions go to the sibling that begins with `_`. */
class PrimitivePlace extends ObjectPlace {
  private value: Json = null;

  constructor(
    source: XmlSource,
    position: Position,
    private readonly element: XmlElement,
    private readonly owner: JsonObject,
  ) {
    super(source, position, layoutOf('Element'), {});
  }

  override close(): void {
    const { value, owner } = this;
    const { name, sibling, repeats } = this.element;
    const rest = isEmpty(this.object) ? null : this.object;
    if (value === null && rest === null) this.source.fail(`"${name}" has neither a value nor an extension nor an id`);
    if (rest) this.checkDepth(this.position.depth);
    if (repeats) {
      // Both arrays reach as far as the last item that one of them holds.
      append(owner, name, this.position.index!, value);
      append(owner, sibling, this.position.index!, rest);
      return;
    }
    if (value !== null) owner[name] = value;
    if (rest !== null) owner[sibling] = rest;
  }

  protected override attribute(attribute: SaxesAttributeNS): void {
    if (attribute.name === 'value') this.value = this.read(attribute.value);
    else super.attribute(attribute);
  }

  private read(text: string): Json {
    const { type } = this.element;
    return (
      readPrimitive(type, text) ?? this.source.fail(`"${printable(text)}" is not a ${type} (${lexicalForm(type)})`)
    );
  }
}
