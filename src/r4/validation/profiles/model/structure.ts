/** StructureDefinitions as validation reads them (https://hl7.org/fhir/R4/structuredefinition.html), without trust in their shape. */
import { isObject, type Json, type JsonObject } from '../../../json/json.js';

export interface Discriminator {
  readonly type: string;
  readonly path: string;
}

export interface SlicingDefinition {
  readonly discriminator?: readonly Discriminator[];
  readonly ordered?: boolean;
  readonly rules?: string;
  readonly description?: string;
}

export interface ElementType {
  readonly code: string;
  readonly profile?: readonly string[];
  readonly targetProfile?: readonly string[];
  readonly aggregation?: readonly string[];
}

export interface ConstraintDefinition {
  readonly key: string;
  readonly severity?: string;
  readonly human?: string;
  readonly expression?: string;
  readonly source?: string;
}

export interface BindingDefinition {
  readonly strength?: string;
  readonly valueSet?: string;
  readonly extension?: readonly JsonObject[];
}

/** https://hl7.org/fhir/R4/elementdefinition.html */
export interface ElementDefinition {
  readonly id?: string;
  readonly path: string;
  readonly sliceName?: string;
  readonly slicing?: SlicingDefinition;
  readonly min?: number;
  readonly max?: string;
  readonly base?: { readonly path?: string; readonly min?: number; readonly max?: string };
  readonly contentReference?: string;
  readonly type?: readonly ElementType[];
  readonly constraint?: readonly ConstraintDefinition[];
  readonly binding?: BindingDefinition;
  readonly maxLength?: number;
  readonly isModifier?: boolean;
  readonly [name: string]: unknown;
}

export interface ExtensionContext {
  readonly type: string;
  readonly expression: string;
}

export interface StructureDefinition {
  readonly url: string;
  readonly version: string | undefined;
  /** The type that is defined or constrained. */
  readonly type: string;
  readonly kind: string;
  readonly derivation: string | undefined;
  readonly base: string | undefined;
  readonly context: readonly ExtensionContext[];
  readonly contextInvariant: readonly string[];
  readonly snapshot: readonly ElementDefinition[];
  readonly differential: readonly ElementDefinition[];
}

/** More elements than this has no definition of HL7's; the largest has some 1,500. */
export const mostElements = 20_000;

const listOf = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? (value as readonly Json[]).filter(isObject) : [];
const text = (value: Json | undefined): string | undefined => (typeof value === 'string' ? value : undefined);

/** Undefined when it has no url or type, so that it can be no definition. */
export function readStructure(resource: JsonObject): StructureDefinition | undefined {
  const [url, type] = [text(resource['url']), text(resource['type'])];
  if (url === undefined || type === undefined) return undefined;
  return {
    url,
    type,
    version: text(resource['version']),
    kind: text(resource['kind']) ?? '',
    derivation: text(resource['derivation']),
    base: text(resource['baseDefinition']),
    context: listOf(resource['context']) as unknown as readonly ExtensionContext[],
    contextInvariant: Array.isArray(resource['contextInvariant'])
      ? (resource['contextInvariant'] as readonly Json[]).filter((one) => typeof one === 'string')
      : [],
    snapshot: elementsOf(resource['snapshot']),
    differential: elementsOf(resource['differential']),
  };
}

const elementsOf = (view: Json | undefined): readonly ElementDefinition[] =>
  isObject(view)
    ? (listOf(view['element'])
        .filter(({ path }) => typeof path === 'string' && path !== '')
        .slice(0, mostElements) as unknown as readonly ElementDefinition[])
    : [];

/** `url|version`, as findings name it. */
export const canonicalOf = ({ url, version }: Pick<StructureDefinition, 'url' | 'version'>): string =>
  version === undefined ? url : `${url}|${version}`;

/** The value of `fixed[x]`, `pattern[x]`, `minValue[x]` or `maxValue[x]`. */
export function choiceOf(definition: ElementDefinition, name: string): Json | undefined {
  for (const property in definition) {
    if (property.startsWith(name) && /^[A-Z]/.test(property.slice(name.length))) return definition[property] as Json;
  }
  return undefined;
}

/** The last part of a path. */
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('.') + 1);

/** The canonical without its version. */
export const urlOf = (canonical: string): string => {
  const bar = canonical.indexOf('|');
  return bar === -1 ? canonical : canonical.slice(0, bar);
};
