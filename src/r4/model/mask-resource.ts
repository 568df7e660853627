import { each } from '../json/items.js';
import { elementNames } from './element-names.js';
import { propertyType } from './elements.js';
import { isObject, type Json, type JsonObject, parseJson, writeJson } from '../json/json.js';
import { markSubsetted } from './subset-resource.js';

/** Elements of a type that a caller may not see, by their path below the type: `telecom`, `contact.telecom`. */
export type MaskOf = (type: string) => readonly string[];

/** Elements that are taken out of single resources, beside those that are masked in all of a type. */
export interface Hiding {
  /** True if something may be taken out of resources of the type. */
  appliesTo(type: string): boolean;
  /** Elements to remove from this resource, by their paths below the type; empty: nothing. */
  elementsIn(resource: JsonObject): readonly HiddenElement[];
}

export interface HiddenElement {
  readonly path: string;
  /** Name of the rule that takes it out. */
  readonly by: string;
}

/** Elements that were taken out of single resources. */
interface Hidden {
  /** The rules that did it, in order. */
  readonly by: readonly string[];
  /** Tells what was taken out of which of the resources, whatever else stands there. */
  readonly key: string;
}

/** A resource has its own type first; any further one is that of a resource inside. */
const ownTypeEnds = '{"resourceType"'.length;
const typesWritten = /"resourceType"\s*:\s*"([^"]*)"/g;

/** A resource without what is masked in it. */
export interface MaskedText {
  readonly body: string;
  /** Types with masked elements, of the resource and of those that it holds, in order. */
  readonly types: readonly string[];
  /** Elements that were removed from this resource and from those that it contains; absent where nothing was. */
  readonly hidden?: Hidden;
}

/**
 * The text of a resource without what is masked in it and in the resources that it holds; undefined where nothing can be. A
 * resource with masked elements loses its narrative, which tells them in words, and is marked SUBSETTED, whether it has the
 * elements or not: that must not show.
 */
export function maskText(body: string, type: string, maskOf: MaskOf, hiding?: Hiding): MaskedText | undefined {
  const isConcerned = (one: string): boolean => maskOf(one).length > 0 || hiding?.appliesTo(one) === true;
  if (!isConcerned(type) && !mayHold(body, isConcerned)) return undefined;
  const types = new Set<string>();
  const taken: (HiddenElement & { readonly from: number })[] = [];
  let resources = 0;
  const masked = maskResource(parseJson(body) as JsonObject, (resource) => {
    const own = resource['resourceType'] as string;
    const paths = maskOf(own);
    if (paths.length > 0) types.add(own);
    const hidden = hiding?.appliesTo(own) ? hiding.elementsIn(resource) : [];
    taken.push(...hidden.map((element) => ({ ...element, from: resources })));
    resources++;
    return [...paths, ...hidden.map(({ path }) => path)];
  });
  if (types.size === 0 && taken.length === 0) return undefined;
  const found = { body: writeJson(masked), types: [...types].toSorted() };
  return taken.length === 0 ? found : { ...found, hidden: hiddenBy(taken) };
}

const hiddenBy = (taken: readonly (HiddenElement & { readonly from: number })[]): Hidden => ({
  by: [...new Set(taken.map(({ by }) => by))].toSorted(),
  key: taken.map(({ from, path }) => `${from} ${path}`).join(),
});

/** Most resources hold no others, and need not be parsed to know it. */
const mayHold = (body: string, isConcerned: (type: string) => boolean): boolean =>
  body.includes('"resourceType"', ownTypeEnds) &&
  [...body.matchAll(typesWritten)].some(([, type = '']) => type.includes('\\') || isConcerned(type));

/** Paths below the type of a resource that are taken out of it. */
type PathsIn = (resource: JsonObject) => readonly string[];

function maskResource(resource: JsonObject, pathsIn: PathsIn): JsonObject {
  const type = resource['resourceType'] as string;
  const held = maskHeld(resource, pathsIn) as JsonObject;
  const paths = pathsIn(resource);
  if (held === resource && paths.length === 0) return resource;
  const left = paths.reduce((object, path) => without(object, type, path.split('.')), held);
  const { text: _text, ...rest } = left;
  return markSubsetted(rest);
}

/** Masks the resources inside; the value itself where there is nothing to mask. */
function maskHeld(value: Json, pathsIn: PathsIn): Json {
  if (Array.isArray(value))
    return changed(
      value,
      (value as readonly Json[]).map((item) => maskAny(item, pathsIn)),
    );
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([name, child]) => [name, maskAny(child!, pathsIn)] as const);
  return entries.every(([name, child]) => child === value[name]) ? value : Object.fromEntries(entries);
}

const changed = (value: Json, items: Json[]): Json =>
  items.every((item, i) => item === (value as readonly Json[])[i]) ? value : items;

const maskAny = (value: Json, pathsIn: PathsIn): Json =>
  isObject(value) && typeof value['resourceType'] === 'string'
    ? maskResource(value, pathsIn)
    : maskHeld(value, pathsIn);

/** `type`: that of the object, such as `Patient` or `Patient.contact`. */
function without(object: JsonObject, type: string, [element = '', ...rest]: readonly string[]): JsonObject {
  const names = elementNames(type);
  const kept: JsonObject = {};
  const thinned = new Set<string>();
  for (const [property, value] of Object.entries(object)) {
    const name = property.replace(/^_/, '');
    if (names.get(name) !== element) kept[property] = value;
    else if (rest.length > 0) {
      kept[property] = withoutIn(value!, propertyType(type, property)?.type ?? '', rest);
      thinned.add(name);
    }
  }
  return [...thinned].reduce(withoutEmpty, kept);
}

function withoutIn(value: Json, type: string, path: readonly string[]): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => withoutIn(item, type, path));
  return isObject(value) ? without(value, type, path) : value;
}

/**
 * Without those values of an element that say nothing once something was taken out of them, which JSON of FHIR does not have; a
 * primitive has its value and its extensions in two properties (https://hl7.org/fhir/R4/json.html#primitive).
 */
function withoutEmpty(object: JsonObject, name: string): JsonObject {
  const { [name]: value, [`_${name}`]: beside } = object;
  const isList = Array.isArray(value) || Array.isArray(beside);
  const [values, besides] = [each(value), each(beside)];
  const pairs = Array.from({ length: Math.max(values.length, besides.length) }, (_, i) => {
    const own = isEmpty(values[i]) ? null : values[i]!;
    // An id alone names what is there.
    return { own, beside: own === null && isEmpty(besides[i]) ? null : (filled(besides[i]) ?? null) };
  }).filter((pair) => pair.own !== null || pair.beside !== null);
  const left = new Map([
    [name, pairs.map(({ own }) => own)],
    [`_${name}`, pairs.map((pair) => pair.beside)],
  ]);
  return Object.fromEntries(
    Object.entries(object).flatMap(([key, kept]) => {
      const list = left.get(key);
      if (!list) return [[key, kept] as const];
      return list.every((item) => item === null) ? [] : [[key, isList ? list : list[0]!] as const];
    }),
  );
}

const filled = (value: Json | undefined): Json | undefined =>
  isObject(value) && Object.keys(value).length === 0 ? undefined : value;

/** https://hl7.org/fhir/R4/element.html: an element has a value or children beside its id (ele-1). */
const isEmpty = (value: Json | undefined): boolean =>
  value === undefined || value === null || (isObject(value) && Object.keys(value).every((key) => key === 'id'));
