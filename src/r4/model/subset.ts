import { elementNames } from './element-names.js';
import { InvalidRequest } from '../errors/fhir-error.js';
import { nearest } from './nearest.js';
import { printable } from '../errors/request-errors.js';
import { isResourceType, resourceTypes } from './resource-types.js';

/** The part of a resource that is asked for (https://hl7.org/fhir/R4/search.html#summary, #elements). */
export type Subset =
  | { readonly summary: 'true' | 'text' | 'data' }
  | { readonly elements: readonly { readonly name: string; /** Any, if absent. */ readonly type?: string }[] };

const summaries: ReadonlyMap<string, Subset | undefined> = new Map([
  ['true', { summary: 'true' }],
  ['text', { summary: 'text' }],
  ['data', { summary: 'data' }],
  ['false', undefined],
]);

/**
 * Reads `_summary` and `_elements`; undefined: the whole resource. Without a type, the answer holds resources of any type.
 * Throws 400 with what is valid; `_summary=count` shapes searches and has no meaning for a resource.
 */
export function subsetOf(query: URLSearchParams, type?: string): Subset | undefined {
  if (query.size === 0) return undefined;
  const summary = single(query, '_summary');
  const elements = single(query, '_elements');
  if (summary !== undefined && !summaries.has(summary)) {
    throw invalid(`_summary=${printable(summary)} is not offered here. It takes true, text, data and false.`);
  }
  const summarized = summaries.get(summary ?? 'false');
  if (elements === undefined) return summarized;
  if (summarized) throw invalid('_summary and _elements do not go together. Send one of them.');
  return { elements: elements.split(',').map((name) => readName(name.trim(), type)) };
}

function single(query: URLSearchParams, name: string): string | undefined {
  const [value, ...more] = query.getAll(name);
  if (more.length > 0) throw invalid(`${name} is given more than once.`);
  return value;
}

/** `name`, or `Patient.name`. */
function readName(text: string, type: string | undefined): { readonly name: string; readonly type?: string } {
  const [prefix = '', ...rest] = text.split('.');
  const isPrefixed = rest.length > 0 && isResourceType(prefix);
  const name = isPrefixed ? rest.join('.') : text;
  if (isPrefixed && type !== undefined && prefix !== type) {
    throw invalid(`_elements names ${printable(text)}; the answer holds resources of type ${type}.`);
  }
  const owner = isPrefixed ? prefix : type;
  const known = namesOf(owner);
  const found = known.get(name);
  if (found !== undefined) return { name: found, ...(owner !== undefined && { type: owner }) };
  throw invalid(unknownFact(name, owner, known));
}

function unknownFact(name: string, type: string | undefined, known: ReadonlyMap<string, string>): string {
  const [first = '', ...nested] = name.split('.');
  if (nested.length > 0 && known.has(first)) {
    return `_elements takes elements of the resource itself: "${printable(first)}" instead of "${printable(name)}".`;
  }
  const suggestion = nearest(name, known.keys());
  const advice = suggestion ? ` Did you mean "${suggestion}"?` : ' It takes names of elements, separated by commas.';
  return `_elements: "${printable(name)}" is not an element of ${type ?? 'any resource type'}.${advice}`;
}

let allNames: ReadonlyMap<string, string> | undefined;

function namesOf(type: string | undefined): ReadonlyMap<string, string> {
  if (type !== undefined) return elementNames(type);
  allNames ??= new Map([...resourceTypes].flatMap((each) => [...elementNames(each)]));
  return allNames;
}

const invalid = (fact: string): InvalidRequest => new InvalidRequest({ code: 'invalid', diagnostics: fact });
