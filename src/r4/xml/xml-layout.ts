import { choiceProperty, elementsOf, isPrimitiveType, supertypes, type ElementTypes } from '../model/elements.js';

/** One element as XML and JSON name it: `valueQuantity`, not `value`. */
export interface XmlElement {
  readonly name: string;
  /** The JSON property that carries id and extensions of a primitive. */
  readonly sibling: string;
  /** Its step in FHIRPath: `.value` for `valueQuantity`. */
  readonly path: string;
  readonly type: string;
  readonly content: 'primitive' | 'complex' | 'resource' | 'xhtml';
  readonly repeats: boolean;
  /** Its place in the StructureDefinition; the types of a choice share one. */
  readonly order: number;
}

/** XML form of a type (https://hl7.org/fhir/R4/xml.html). */
export interface XmlLayout {
  readonly type: string;
  /** The properties that XML writes as attributes. */
  readonly attributes: ReadonlySet<string>;
  /** By element name. */
  readonly elements: ReadonlyMap<string, XmlElement>;
  /** By JSON property, `_birthDate` included. */
  readonly properties: ReadonlyMap<string, XmlElement>;
}

const layouts = new Map<string, XmlLayout>();

/** The layout of a type that `elements.json` defines. */
export function layoutOf(type: string): XmlLayout {
  let layout = layouts.get(type);
  if (!layout) {
    layout = makeLayout(type);
    layouts.set(type, layout);
  }
  return layout;
}

function attributesOf(type: string): ReadonlySet<string> {
  if (type === 'Extension') return new Set(['id', 'url']);
  return new Set(supertypes(type).includes('Element') ? ['id'] : []);
}

function makeLayout(type: string): XmlLayout {
  const attributes = attributesOf(type);
  const elements = new Map<string, XmlElement>();
  const properties = new Map<string, XmlElement>();
  let order = 0;
  for (const [path, definition] of elementsOf(type)) {
    if (attributes.has(path)) continue;
    for (const element of namedElements(path, definition, order++)) {
      elements.set(element.name, element);
      properties.set(element.name, element);
      if (element.content === 'primitive') properties.set(element.sibling, element);
    }
  }
  return { type, attributes, elements, properties };
}

function namedElements(path: string, { types, repeats, choice }: ElementTypes, order: number): readonly XmlElement[] {
  return types.map((type) => {
    const name = choice ? choiceProperty(path, type) : path;
    return { name, sibling: `_${name}`, path: `.${path}`, type, content: contentOf(type), repeats, order };
  });
}

function contentOf(type: string): XmlElement['content'] {
  if (type === 'xhtml') return 'xhtml';
  if (isPrimitiveType(type)) return 'primitive';
  return supertypes(type).includes('Resource') ? 'resource' : 'complex';
}
