import { InvalidRequest } from '../../errors/fhir-error.js';
import { nearest } from '../../model/nearest.js';
import { printable } from '../../errors/request-errors.js';
import { NotSearchable } from './not-searchable.js';
import type { SearchOffer } from '../parameters/search-offer.js';
import type { SearchParameter } from '../parameters/search-parameter.js';
import type { SortRule } from './search-request.js';
import { sortKind } from '../parameters/sort-kind.js';

const mostRules = 8;
/** Every resource has these, so they sort resources of several types too. */
const ofEveryType = ['_id', '_lastUpdated'];

/**
 * Reads `_sort` (https://hl7.org/fhir/R4/search.html#sort) for a search of these types. Throws `NotSearchable` for what
 * cannot sort, 400 for what is malformed.
 */
export function parseSort(text: string, types: readonly string[], offer: SearchOffer): readonly SortRule[] {
  const asked = text.split(',').map((key) => ({
    by: key.replace(/^-/, ''),
    descending: key.startsWith('-'),
  }));
  if (asked.length > mostRules) throw invalid(`_sort has ${asked.length} keys; it may have ${mostRules}.`);
  for (const [i, { by }] of asked.entries()) {
    requireSortable(by, types, offer);
    if (asked.findIndex((one) => one.by === by) < i) throw invalid(`_sort names ${by} more than once.`);
  }
  // Ids are unique in a type: what follows orders nothing.
  const end = types.length === 1 ? asked.findIndex(({ by }) => by === '_id') : -1;
  return end === -1 ? asked : asked.slice(0, end + 1);
}

function requireSortable(code: string, types: readonly string[], offer: SearchOffer): void {
  if (ofEveryType.includes(code)) return;
  if (types.length > 1) {
    const fact = `_sort=${printable(code)}: a search of several types is sorted by ${ofEveryType.join(' and ')} only.`;
    throw new NotSearchable(`${fact} To sort by more, name one type.`);
  }
  const [type = ''] = types;
  const sortable = offer.for(type).filter((parameter) => sorts(parameter, offer));
  const codes = sortable.map((parameter) => parameter.code).toSorted();
  if (codes.includes(code)) return;
  const list = `${type} can be sorted by ${codes.join(', ')}, descending with "-" before.`;
  throw new NotSearchable(`${unsortableFact(type, code, offer) ?? unknownFact(type, code, codes)} ${list}`);
}

/** True if the type can be sorted by it; a parameter that an application adds has no sort keys. */
const sorts = (parameter: SearchParameter, offer: SearchOffer): boolean =>
  sortKind(parameter) !== undefined && !offer.added.includes(parameter);

function unsortableFact(type: string, code: string, offer: SearchOffer): string | undefined {
  const parameter = offer.find(type, code);
  if (!parameter) return undefined;
  return offer.added.includes(parameter)
    ? `_sort: ${code} was added to R4 by this server and does not sort.`
    : `_sort: ${code} is of type ${parameter.type}, which does not sort.`;
}

function unknownFact(type: string, code: string, codes: readonly string[]): string {
  const suggestion = nearest(code, codes);
  const advice = suggestion ? ` Did you mean ${suggestion}?` : '';
  return `_sort: "${printable(code)}" is not a parameter of ${type} that sorts.${advice}`;
}

const invalid = (diagnostics: string): InvalidRequest =>
  new InvalidRequest({ code: 'invalid', diagnostics, location: ['http._sort'] });
