import { elementNames } from './element-names.js';
import { propertyType } from './elements.js';
import { flagged } from './element-flags.js';
import { isObject, type Json, type JsonObject, writeJson } from '../json/json.js';
import { readStored } from '../json/stored-json.js';
import type { Subset } from './subset.js';
import { subsetted } from './subsetted.js';

/**
 * {@link subsetResource} of a resource as stored; the text itself when all of it is asked for. A promise where it is large, which
 * is read in turns with other requests.
 */
export function subsetText(body: string, subset: Subset | undefined): string | Promise<string> {
  if (!subset) return body;
  const part = (resource: JsonObject): string => writeJson(subsetResource(resource, subset));
  const resource = readStored(body);
  return resource instanceof Promise ? resource.then(part) : part(resource);
}

/**
 * The part of a resource that is asked for, marked SUBSETTED. Mandatory elements always stay, and so do those that change
 * the meaning of the rest. What R4 does not define is left out.
 */
export function subsetResource(resource: JsonObject, subset: Subset): JsonObject {
  const type = resource['resourceType'] as string;
  return markSubsetted(
    'summary' in subset ? summarize(resource, type, subset.summary) : select(resource, type, subset.elements),
  );
}

function summarize(resource: JsonObject, type: string, summary: 'true' | 'text' | 'data'): JsonObject {
  if (summary === 'true') return summaryOf(resource, type, summarySet(type));
  if (summary === 'text') return pick(resource, type, new Set([...ofText, ...flagged(type, 'mandatory')]));
  const { text: _text, ...data } = resource;
  return data;
}

// The narrative tells what other modifiers say; the last two apply to everything there is.
const ofText = ['id', 'meta', 'text', 'implicitRules', 'modifierExtension'];

function select(
  resource: JsonObject,
  type: string,
  elements: readonly { readonly name: string; readonly type?: string }[],
): JsonObject {
  const asked = elements.filter((element) => element.type === undefined || element.type === type);
  const always = [...flagged(type, 'mandatory'), ...flagged(type, 'modifier')];
  return pick(resource, type, new Set(['id', 'meta', ...always, ...asked.map(({ name }) => name)]));
}

function pick(object: JsonObject, type: string, elements: ReadonlySet<string>): JsonObject {
  const names = elementNames(type);
  const isKept = (property: string): boolean => property === 'resourceType' || elements.has(elementOf(property, names));
  return Object.fromEntries(Object.entries(object).filter(([property]) => isKept(property)));
}

/** `birthDate` for `_birthDate`, `value` for `valueQuantity`; empty for what R4 does not define. */
const elementOf = (property: string, names: ReadonlyMap<string, string>): string =>
  names.get(property.startsWith('_') ? property.slice(1) : property) ?? '';

function summaryOf(object: JsonObject, type: string, elements: ReadonlySet<string>): JsonObject {
  const result = pick(object, type, elements);
  for (const property in result) {
    const held = propertyType(type, property)?.type ?? '';
    const inner = summarySet(held);
    if (inner.size > 0) result[property] = summaryOfEach(result[property]!, held, inner);
  }
  return result;
}

function summaryOfEach(value: Json, type: string, elements: ReadonlySet<string>): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => summaryOfEach(item, type, elements));
  return isObject(value) ? summaryOf(value, type, elements) : value;
}

const summarySets = new Map<string, ReadonlySet<string>>();

/** Returns the elements of this type that a summary keeps; empty where R4 marks none, so that all stay. */
function summarySet(type: string): ReadonlySet<string> {
  const known = summarySets.get(type);
  if (known) return known;
  const elements = readSummarySet(type);
  summarySets.set(type, elements);
  return elements;
}

function readSummarySet(type: string): ReadonlySet<string> {
  const marked = flagged(type, 'summary').filter((name) => name !== 'modifierExtension');
  // A resource inside a resource, such as an entry of a Bundle, is there as a whole.
  if (marked.length === 0 || type === 'Resource') return new Set();
  const always = [...flagged(type, 'mandatory'), ...flagged(type, 'modifier')];
  const ofPart = marked.includes('implicitRules') ? [] : ['id', 'extension'];
  return new Set([...marked, ...always, ...ofPart]);
}

/** With the tag SUBSETTED, once. */
export function markSubsetted(resource: JsonObject): JsonObject {
  const { resourceType, id, meta = {}, ...rest } = resource;
  const tags = isObject(meta) && Array.isArray(meta['tag']) ? (meta['tag'] as readonly Json[]) : [];
  const others = tags.filter((one) => !isObject(one) || one['code'] !== subsetted.code);
  return {
    resourceType,
    ...(id !== undefined && { id }),
    meta: { ...(meta as JsonObject), tag: [...others, subsetted] },
    ...rest,
  };
}
