import { InvalidRequest, type Issue } from '../model/fhir-error.js';
import { printable } from '../model/request-errors.js';
import type { Criterion } from './criterion.js';
import { type CriteriaSettings, NotSearchable, parseCriterion } from './parse-criterion.js';

/** A type search as it will run. */
export interface ParsedSearch {
  readonly criteria: readonly Criterion[];
  readonly count: number;
  /** A sealed page link. */
  readonly cursor?: string;
  /** What was asked, page position excluded, in one spelling: page links are bound to it. */
  readonly canonical: string;
  /** What was asked and does not run, with what would. */
  readonly ignored: readonly Issue[];
}

export interface SearchSettings extends CriteriaSettings {
  readonly searchCountDefault: number;
  readonly searchCountMax: number;
  /** `lenient` ignores what is not offered instead of refusing it. */
  readonly searchHandling: 'strict' | 'lenient';
}

/** They shape the answer and are no criteria; who writes it out reads them. */
export const answerParameters = ['_elements', '_format', '_pretty', '_summary'];

/**
 * Reads the query of a type search. Whatever is not understood is 400 with what would be (decision 6), or ignored and told
 * (https://hl7.org/fhir/R4/search.html#errors).
 */
export function parseSearch(type: string, query: URLSearchParams, settings: SearchSettings): ParsedSearch {
  const criteria: Criterion[] = [];
  const asked: string[] = [];
  const ignored: Issue[] = [];
  for (const [name, value] of query) {
    if (name === '_count' || name === '_cursor') continue;
    if (!answerParameters.includes(name)) {
      const criterion = readCriterion(type, name, value, settings);
      if (!('kind' in criterion)) {
        ignored.push(criterion);
        continue;
      }
      criteria.push(criterion);
    }
    asked.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  }
  const count = parseCount(single(query, '_count'), settings);
  const cursor = single(query, '_cursor');
  const canonical = [...asked.toSorted(), `_count=${count}`].join('&');
  return { criteria, count, canonical, ignored, ...(cursor !== undefined && { cursor }) };
}

/** The criterion, or what is told of it when it is ignored. */
function readCriterion(type: string, name: string, value: string, settings: SearchSettings): Criterion | Issue {
  try {
    return parseCriterion(type, name, value, settings);
  } catch (error) {
    if (!(error instanceof NotSearchable) || settings.searchHandling === 'strict') throw error;
    return { severity: 'warning', code: 'not-supported', diagnostics: `Ignored: ${error.message}` };
  }
}

function parseCount(text: string | undefined, { searchCountDefault, searchCountMax }: SearchSettings): number {
  if (text === undefined) return searchCountDefault;
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new InvalidRequest({
      code: 'invalid',
      diagnostics: `_count=${printable(text)} is not a number of 1 and more.`,
    });
  }
  return Math.min(Number(text), searchCountMax);
}

function single(query: URLSearchParams, name: string): string | undefined {
  const [value, ...more] = query.getAll(name);
  if (more.length > 0) throw new InvalidRequest({ code: 'invalid', diagnostics: `${name} is given more than once.` });
  return value;
}
