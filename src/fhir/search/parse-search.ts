import { InvalidRequest, type Issue } from '../model/fhir-error.js';
import { nearest } from '../model/nearest.js';
import type { Filter } from './filter.js';
import { parseFilter } from './parse-filter.js';
import type { SearchOffer } from './search-offer.js';

/** A type search as it will run. */
export interface ParsedSearch {
  readonly filters: readonly Filter[];
  readonly count: number;
  /** A sealed page link. */
  readonly cursor?: string;
  /** What was asked, page position excluded, in one spelling: page links are bound to it. */
  readonly canonical: string;
  /** What was asked and does not run, with what would. */
  readonly ignored: readonly Issue[];
}

export interface SearchSettings {
  /** FHIR base URL: references on it are local. */
  readonly base: string;
  readonly searchCountDefault: number;
  readonly searchCountMax: number;
  /** `lenient` ignores what is not offered instead of refusing it. */
  readonly searchHandling: 'strict' | 'lenient';
}

/** They shape the answer and are no criteria; who writes it out reads them. */
const answerParameters = ['_elements', '_format', '_pretty', '_summary'];

/**
 * Reads the query of a type search. Whatever is not understood is 400 with what would be (decision 6), or ignored and told
 * (https://hl7.org/fhir/R4/search.html#errors).
 */
export function parseSearch(
  type: string,
  query: URLSearchParams,
  offer: SearchOffer,
  settings: SearchSettings,
): ParsedSearch {
  const filters: Filter[] = [];
  const asked: string[] = [];
  const ignored: Issue[] = [];
  for (const [name, value] of query) {
    if (name === '_count' || name === '_cursor') continue;
    if (!answerParameters.includes(name)) {
      const parameter = offer.find(type, name);
      if (parameter) filters.push(parseFilter(parameter, value, settings.base));
      else {
        ignored.push(ignore(notOfferedFact(type, name, offer), settings));
        continue;
      }
    }
    asked.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  }
  const count = parseCount(single(query, '_count'), settings);
  const cursor = single(query, '_cursor');
  const canonical = [...asked.toSorted(), `_count=${count}`].join('&');
  return { filters, count, canonical, ignored, ...(cursor !== undefined && { cursor }) };
}

function ignore(fact: string, { searchHandling }: SearchSettings): Issue {
  if (searchHandling === 'strict') throw new InvalidRequest({ code: 'not-supported', diagnostics: fact });
  return { severity: 'warning', code: 'not-supported', diagnostics: `Ignored: ${fact}` };
}

function notOfferedFact(type: string, name: string, offer: SearchOffer): string {
  const [code = '', modifier] = name.split(':', 2);
  const offered = [...offer.for(type).map((one) => one.code), '_count', ...answerParameters].toSorted();
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
