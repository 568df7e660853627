import { InvalidRequest } from '../model/fhir-error.js';
import { nearest } from '../model/nearest.js';
import type { Filter } from './filter.js';
import { parseFilter } from './parse-filter.js';
import type { SearchParameter } from './search-parameter.js';
import type { SearchOffer } from './search-offer.js';

/** A type search as it will run. */
export interface ParsedSearch {
  readonly filters: readonly Filter[];
  readonly count: number;
  /** A sealed page link. */
  readonly cursor?: string;
  /** What was asked, page position excluded, in one spelling: page links are bound to it. */
  readonly canonical: string;
}

export interface SearchSettings {
  /** FHIR base URL: references on it are local. */
  readonly base: string;
  readonly searchCountDefault: number;
  readonly searchCountMax: number;
}

/** Parameters that shape the answer; they are not criteria. */
const resultParameters = ['_count', '_format', '_cursor'];

/** Reads the query of a type search. Whatever is not understood is 400 with what would be (decision 6). */
export function parseSearch(
  type: string,
  query: URLSearchParams,
  offer: SearchOffer,
  settings: SearchSettings,
): ParsedSearch {
  const filters: Filter[] = [];
  const asked: string[] = [];
  for (const [name, value] of query) {
    if (resultParameters.includes(name)) continue;
    filters.push(parseFilter(offeredParameter(type, name, offer), value, settings.base));
    asked.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  }
  const count = parseCount(single(query, '_count'), settings);
  const cursor = single(query, '_cursor');
  const canonical = [...asked.toSorted(), `_count=${count}`].join('&');
  return { filters, count, canonical, ...(cursor !== undefined && { cursor }) };
}

function offeredParameter(type: string, name: string, offer: SearchOffer): SearchParameter {
  const parameter = offer.find(type, name);
  if (parameter) return parameter;
  throw new InvalidRequest({ code: 'not-supported', diagnostics: notOfferedFact(type, name, offer) });
}

function notOfferedFact(type: string, name: string, offer: SearchOffer): string {
  const [code = '', modifier] = name.split(':', 2);
  const offered = [...offer.for(type).map((one) => one.code), '_count', '_format'].toSorted();
  const list = `${type} can be searched by ${offered.join(', ')}.`;
  if (modifier !== undefined && offer.find(type, code)) {
    return `The modifier ":${clean(modifier)}" is not offered for ${code}; no modifiers are. ${list}`;
  }
  if (offer.knows(type, code)) {
    return `${code} is a search parameter of ${type} in R4 that this server does not offer. ${list}`;
  }
  const suggestion = nearest(code, offered);
  return `"${clean(code)}" is not a search parameter of ${type}.${suggestion ? ` Did you mean ${suggestion}?` : ''} ${list}`;
}

function parseCount(text: string | undefined, { searchCountDefault, searchCountMax }: SearchSettings): number {
  if (text === undefined) return searchCountDefault;
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new InvalidRequest({ code: 'invalid', diagnostics: `_count=${clean(text)} is not a number of 1 and more.` });
  }
  return Math.min(Number(text), searchCountMax);
}

function single(query: URLSearchParams, name: string): string | undefined {
  const [value, ...more] = query.getAll(name);
  if (more.length > 0) throw new InvalidRequest({ code: 'invalid', diagnostics: `${name} is given more than once.` });
  return value;
}

const clean = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 80);
