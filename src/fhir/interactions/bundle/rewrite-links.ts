import { propertyType } from '../../../r4/model/elements.js';
import { conditionalReference } from '../../../r4/model/reference.js';
import { isObject, type Json, type JsonObject } from '../../../r4/json/json.js';

/** New texts of links in a transaction: `urn:uuid:…` → `Patient/123` (https://hl7.org/fhir/R4/http.html#trules). */
export type LinkTargets = ReadonlyMap<string, string>;

export interface RewrittenLinks {
  readonly resource: JsonObject;
  /** `urn:uuid:` and `urn:oid:` references that no entry of the bundle has as fullUrl, with their FHIRPath. */
  readonly dangling: readonly Link[];
  /** References such as `Patient?identifier=1` that were not replaced, with their FHIRPath. */
  readonly conditional: readonly Link[];
}

export interface Link {
  readonly link: string;
  readonly expression: string;
}

// Types whose values are links; canonical is left alone, as R4 says.
const linkTypes = new Set(['uri', 'url', 'oid', 'uuid']);
const relative = /^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/;
const temporary = /^urn:(?:uuid|oid):/;
const versioned = /^(.+)\/_history\/([A-Za-z0-9\-.]{1,64})$/;

export interface LinkContext {
  /** Base of relative references. */
  readonly base?: string | undefined;
  /** New texts of conditional references: `Patient?identifier=1` → `Patient/123`. */
  readonly matches?: LinkTargets;
  /** New texts of which this server has no version yet: the first one is meant. */
  readonly made?: ReadonlySet<string>;
}

/** The resource with the links of references, uris and narrative replaced; what has none is shared with the given one. */
export function rewriteLinks(resource: JsonObject, targets: LinkTargets, context: LinkContext = {}): RewrittenLinks {
  const walk = new LinkWalk(targets, context);
  const type = resource['resourceType'] as string;
  return { resource: walk.object(resource, type, type), dangling: walk.dangling, conditional: walk.conditional };
}

class LinkWalk {
  readonly dangling: Link[] = [];
  readonly conditional: Link[] = [];

  constructor(
    private readonly targets: LinkTargets,
    private readonly context: LinkContext,
  ) {}

  object(object: JsonObject, type: string, path: string): JsonObject {
    let copy: JsonObject | undefined;
    for (const name in object) {
      const value = object[name];
      if (value === undefined) continue;
      const replaced = this.property(value, type, name, path);
      if (replaced !== value) (copy ??= { ...object })[name] = replaced;
    }
    return copy ?? object;
  }

  private property(value: Json, type: string, name: string, path: string): Json {
    if (typeof value === 'string') return this.text(value, type, name, path);
    if (typeof value !== 'object' || value === null) return value;
    const childType = propertyType(type, name)?.type ?? 'Element';
    const childPath = `${path}.${name}`;
    if (Array.isArray(value)) {
      const items = value as readonly Json[];
      const replaced = items.map((item, index) => this.item(item, childType, `${childPath}[${index}]`));
      return replaced.every((item, index) => item === items[index]) ? value : replaced;
    }
    return isObject(value) ? this.object(value, concreteType(value, childType), childPath) : value;
  }

  private item(value: Json, type: string, path: string): Json {
    if (typeof value === 'string') return linkTypes.has(type) ? (this.targets.get(value) ?? value) : value;
    return isObject(value) ? this.object(value, concreteType(value, type), path) : value;
  }

  private text(value: string, type: string, name: string, path: string): string {
    if (type === 'Reference' && name === 'reference') return this.reference(value, `${path}.${name}`);
    if (type === 'Narrative' && name === 'div') return this.narrative(value);
    // Most strings are no links; the look-up of the type is saved for those that could be.
    const target = this.targets.get(value);
    return target !== undefined && linkTypes.has(propertyType(type, name)?.type ?? '') ? target : value;
  }

  private reference(value: string, expression: string): string {
    const [, resource = value, version] = versioned.exec(value) ?? [];
    const target = this.target(resource);
    if (target !== undefined) return version === undefined ? target : this.versionOf(target, version);
    const { matches } = this.context;
    if (temporary.test(value)) this.dangling.push({ link: value, expression });
    else if (conditionalReference.test(value)) return this.match(value, expression, matches);
    return value;
  }

  private target(value: string): string | undefined {
    const { base } = this.context;
    const known = this.targets.get(value);
    if (known !== undefined || base === undefined || !relative.test(value)) return known;
    return this.targets.get(`${base}/${value}`);
  }

  /** A reference to a version stays one: it is the first of what is made, and else the one that was sent. */
  private versionOf(target: string, sent: string): string {
    return `${target}/_history/${this.context.made?.has(target) ? '1' : sent}`;
  }

  private match(value: string, expression: string, matches: LinkTargets | undefined): string {
    const match = matches?.get(value);
    if (match === undefined) this.conditional.push({ link: value, expression });
    return match ?? value;
  }

  private narrative(div: string): string {
    if (this.targets.size === 0) return div;
    return div.replace(/(\s(?:href|src)=)(["'])([^"']+)\2/g, (whole, before: string, quote: string, link: string) => {
      const target = this.targets.get(link);
      return target === undefined ? whole : `${before}${quote}${target}${quote}`;
    });
  }
}

/** Contained and nested resources say their own type. */
const concreteType = (object: JsonObject, declared: string): string =>
  typeof object['resourceType'] === 'string' ? object['resourceType'] : declared;
