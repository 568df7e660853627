import { InvalidRequest, type Issue } from '../../errors/fhir-error.js';
import { nearest } from '../../model/nearest.js';
import { printable } from '../../errors/request-errors.js';
import type { CriteriaSettings } from './criteria-settings.js';
import type { Criterion } from './criterion.js';
import type { Include } from '../links/include.js';
import { isOfContained, requireContainers } from './contained-resources.js';
import { NotSearchable } from './not-searchable.js';
import { parseCriterion } from './parse-criterion.js';
import { checkIncludes, isInclude, parseInclude } from '../links/parse-include.js';
import {
  parseResultParameters,
  type ResultParameters,
  resultParameterNames,
  single,
} from './parse-result-parameters.js';
import { parseSort } from './parse-sort.js';
import { requireText } from './require-text.js';
import { requireAffordable, requireFewParameters, requireFewValues, type SearchBounds } from './search-bounds.js';
import type { SortRule } from './search-request.js';

/** A search as it will run. */
export interface ParsedSearch extends ResultParameters {
  /** Criteria that rows of each type must satisfy. */
  readonly criteria: ReadonlyMap<string, readonly Criterion[]>;
  /** The name of each criterion as it was asked. */
  readonly written: ReadonlyMap<Criterion, string>;
  readonly sort: readonly SortRule[];
  readonly includes: readonly Include[];
  /** The query in one spelling, page position excluded: page links are bound to it. */
  readonly canonical: string;
  /** Parameters that were sent and do not run, each with those that would. */
  readonly ignored: readonly Issue[];
}

/** Types that are searched; `_type` may have chosen them. */
export interface SearchScope {
  readonly types: readonly string[];
  readonly takesType: boolean;
}

/** How a search is read: defaults and bounds. */
export interface SearchSettings extends CriteriaSettings, SearchBounds {
  readonly searchCountDefault: number;
  readonly searchCountMax: number;
  /** `lenient` ignores what is not offered instead of refusing it. */
  readonly searchHandling: 'strict' | 'lenient';
}

/**
 * Reads the query of a search. Whatever is not understood is 400 with what would be, or ignored and told
 * (https://hl7.org/fhir/R4/search.html#errors).
 */
export function parseSearch(scope: SearchScope, query: URLSearchParams, settings: SearchSettings): ParsedSearch {
  const { types } = scope;
  requireFewValues(query, settings);
  const result = parseResultParameters(query, settings);
  const criteria = new Map<string, readonly Criterion[]>(types.map((type) => [type, []]));
  const written = new Map<Criterion, string>();
  const ignored: Issue[] = [];
  const asked = new Set<string>();
  const includes = new Map<string, Include>();
  let sort: readonly SortRule[] = [];
  single(query, '_sort');
  if (!scope.takesType) requireSameType(query, types);
  for (const [name, value] of query) {
    const text = `${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
    if (ofPosition.has(name) || asked.has(text)) continue;
    requireText(name, value);
    const issue = unlessIgnored(settings, () => {
      if (name === '_sort') sort = parseSort(value, types, settings.offer);
      else if (isInclude(name)) includes.set(`${name}=${value}`, parseInclude({ name, value, roots: types }, settings));
      else if (isOfContained(name)) requireContainers(name, value);
      else if (!resultParameterNames.includes(name) && name !== '_type') {
        for (const [type, criterion] of readCriteria(types, name, value, settings)) {
          criteria.set(type, [...criteria.get(type)!, criterion]);
          written.set(criterion, name);
        }
      }
    });
    if (issue) ignored.push(issue);
    else asked.add(text);
    const criteriaSoFar = types.length > 1 ? asked.size : written.size;
    requireFewParameters({ criteria: criteriaSoFar, includes: includes.size }, types.length);
  }
  requireAffordable(criteria.values(), settings);
  checkIncludes([...includes.values()], query);
  const canonical = [...[...asked].toSorted(), `_count=${result.count}`].join('&');
  return { ...result, criteria, written, sort, includes: [...includes.values()], canonical, ignored };
}

/** Throws 400 for a `_type` that contradicts the type in the address: the search would never find anything. */
function requireSameType(query: URLSearchParams, [type = '']: readonly string[]): void {
  const other = query.getAll('_type').find((value) => value !== type);
  if (other === undefined) return;
  throw new InvalidRequest({
    code: 'invalid',
    diagnostics: `_type=${printable(other)}: the address searches ${type} alone. Leave _type out, or search the system, as in ?_type=${type},Observation.`,
    location: ['http._type'],
  });
}

/** Parameters that page links are not bound to: the page of a link can be explained too. */
const ofPosition: ReadonlySet<string> = new Set(['_count', '_cursor', '_explain']);

/** Returns the warning about a parameter that is ignored; throws the refusal when handling is strict. */
function unlessIgnored({ searchHandling }: SearchSettings, read: () => void): Issue | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (!(error instanceof NotSearchable) || searchHandling === 'strict') throw error;
    return { severity: 'warning', code: 'not-supported', diagnostics: `Ignored: ${error.message}` };
  }
}

/** The criterion on rows of each type, by its own definition of the parameter. */
function readCriteria(
  types: readonly string[],
  name: string,
  value: string,
  settings: SearchSettings,
): readonly (readonly [string, Criterion])[] {
  if (types.length > 1) requireCommon(types, name, settings);
  return types.map((type) => [type, parseCriterion(type, name, value, settings)]);
}

/** https://hl7.org/fhir/R4/http.html#search: several types are searched by what all of them have. */
function requireCommon(types: readonly string[], name: string, { offer }: SearchSettings): void {
  const [code = ''] = name.split(/[.:]/, 1);
  const lacking = types.find((type) => !offer.find(type, code));
  if (lacking === undefined || code === '_has') return;
  const [first = '', ...others] = types;
  const common = offer
    .for(first)
    .map((parameter) => parameter.code)
    .filter((one) => others.every((type) => offer.find(type, one)))
    .toSorted();
  const suggestion = nearest(code, common);
  throw new NotSearchable(
    `"${printable(code)}" is not a search parameter of ${lacking}.${suggestion ? ` Did you mean ${suggestion}?` : ''} ` +
      `A search of several types takes parameters that all of them have: ${common.join(', ')}.`,
  );
}
