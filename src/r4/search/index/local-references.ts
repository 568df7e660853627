import { propertyType } from '../../model/elements.js';
import { isObject, type Json, type JsonObject } from '../../json/json.js';
import { type LocalReference, parseReference } from '../../model/reference.js';
import { isResourceType } from '../../model/resource-types.js';
import { plainText } from './indexers/value-indexer.js';

/** A literal reference to a resource of this server, and where it stands. */
export interface LocalLink {
  readonly literal: string;
  /** FHIRPath of the literal, such as `Observation.subject.reference`. */
  readonly expression: string;
  readonly target: LocalReference;
}

/**
 * Every element of type Reference that names a resource of this server (https://hl7.org/fhir/R4/references.html#literal),
 * in extensions and contained resources too. What a Bundle or Parameters encloses is a document as it was sent: its
 * references are resolved within it first, so they are none of the resource that holds it.
 */
export function localReferences(resource: JsonObject, base: string): readonly LocalLink[] {
  const walk = new ReferenceWalk(base);
  const type = typeNamed(resource);
  walk.object(resource, type, type);
  return walk.links;
}

const typeNamed = ({ resourceType }: JsonObject): string => (typeof resourceType === 'string' ? resourceType : '');

class ReferenceWalk {
  readonly links: LocalLink[] = [];

  constructor(private readonly base: string) {}

  object(object: JsonObject, type: string, path: string): void {
    if (type === 'Reference') this.reference(object, path);
    for (const name in object) {
      const value = object[name];
      if (typeof value !== 'object' || value === null) continue;
      const declared = propertyType(type, name)?.type ?? 'Element';
      if (declared === 'Resource' && name !== 'contained') continue;
      this.value(value, declared, `${path}.${name}`);
    }
  }

  private value(value: Json, type: string, path: string): void {
    if (Array.isArray(value)) {
      for (const [index, item] of (value as readonly Json[]).entries()) this.value(item, type, `${path}[${index}]`);
    } else if (isObject(value)) {
      this.object(value, type === 'Resource' ? typeNamed(value) : type, path);
    }
  }

  private reference(reference: JsonObject, path: string): void {
    const literal = plainText(reference['reference']);
    const target = parseReference(literal, this.base);
    if (target && isResourceType(target.type)) this.links.push({ literal, expression: `${path}.reference`, target });
  }
}
