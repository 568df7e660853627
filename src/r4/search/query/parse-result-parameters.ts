import { InvalidRequest } from '../../errors/fhir-error.js';
import { nearest } from '../../model/nearest.js';
import { printable } from '../../errors/request-errors.js';

/** The value of `_total`: precision of `Bundle.total` (https://hl7.org/fhir/R4/search.html#total). */
export type AskedTotal = 'none' | 'estimate' | 'accurate';

/** Parameters that shape the answer and are no criteria (https://hl7.org/fhir/R4/search.html#modifyingresults). */
export interface ResultParameters {
  /** Matches of a page. */
  readonly count: number;
  /** Nothing but the total: `_count=0` or `_summary=count`. */
  readonly onlyTotal: boolean;
  readonly total?: AskedTotal;
  /** True if the answer tells how the search runs, instead of its matches. */
  readonly explain: boolean;
  /** A sealed page link. */
  readonly cursor?: string;
}

interface CountSettings {
  readonly searchCountDefault: number;
  readonly searchCountMax: number;
}

/** They shape the answer to a search or history; who writes it out reads them again. */
export const ofWriting = ['_elements', '_format', '_pretty', '_summary'];

/** Names of the parameters read here and of `_sort`, apart from page links. */
export const resultParameterNames: readonly string[] = ['_count', '_explain', '_sort', '_total', ...ofWriting];

const totals = ['none', 'estimate', 'accurate'] as const;
const explanations = ['true', 'false'] as const;
const summaries = ['true', 'text', 'data', 'count', 'false'];

/** Throws 400 with what is valid. */
export function parseResultParameters(query: URLSearchParams, settings: CountSettings): ResultParameters {
  const asked = parseCount(single(query, '_count'), settings);
  const total = choice(query, '_total', totals);
  const summary = choice(query, '_summary', summaries);
  const cursor = single(query, '_cursor');
  return {
    count: asked,
    explain: choice(query, '_explain', explanations) === 'true',
    onlyTotal: asked === 0 || summary === 'count',
    ...(total !== undefined && { total }),
    ...(cursor !== undefined && { cursor }),
  };
}

function parseCount(text: string | undefined, { searchCountDefault, searchCountMax }: CountSettings): number {
  if (text === undefined) return searchCountDefault;
  if (!/^\d{1,9}$/.test(text)) throw invalid('_count', `_count=${printable(text)} is not a number of 0 and more.`);
  return Math.min(Number(text), searchCountMax);
}

function choice<T extends string>(query: URLSearchParams, name: string, values: readonly T[]): T | undefined {
  const text = single(query, name);
  if (text === undefined) return undefined;
  const found = values.find((value) => value === text);
  if (found !== undefined) return found;
  const suggestion = nearest(text, values);
  const advice = suggestion ? ` Did you mean ${suggestion}?` : '';
  throw invalid(name, `${name}=${printable(text)} is not offered.${advice} It takes ${values.join(', ')}.`);
}

/** The value of a parameter that can be given once. */
export function single(query: URLSearchParams, name: string): string | undefined {
  const [value, ...more] = query.getAll(name);
  if (more.length > 0) throw invalid(name, `${name} is given more than once.`);
  return value;
}

const invalid = (name: string, diagnostics: string): InvalidRequest =>
  new InvalidRequest({ code: 'invalid', diagnostics, location: [`http.${name}`] });
