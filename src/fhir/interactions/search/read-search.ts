import type { Access } from '../../../scope/access.js';
import type { RequestContext } from '../../../scope/request-context.js';
import type { FhirOptions } from '../../fhir-options.js';
import { type Criterion, type Unfollowed, unfollowedOf } from '../../../r4/search/query/criterion.js';
import type { CursorBinding } from '../../../r4/search/query/cursor.js';
import { parseSearch, type ParsedSearch, type SearchSettings } from '../../../r4/search/query/parse-search.js';
import type { SearchOffer } from '../../../r4/search/parameters/search-offer.js';
import type { SearchParameters } from '../../../r4/search/parameters/search-parameters.js';
import { requireExplainOffered } from './explain-search.js';
import { linkedAccesses } from './linked-accesses.js';
import { fingerprintOf } from './open-page.js';
import { requireUnmasked } from './require-unmasked.js';
import { type SearchAddress, type SearchSource, searchSource } from './search-source.js';

/** Parameters and settings that a server offers searches by. */
export interface SearchMeans {
  readonly offer: SearchOffer;
  readonly parameters: SearchParameters;
  readonly options: FhirOptions;
}

export interface AskedSearch {
  readonly address: SearchAddress;
  readonly query: URLSearchParams;
  /** Handling that `Prefer` asks for; the setting counts otherwise. */
  readonly handling?: 'strict' | 'lenient' | undefined;
}

/** A search that has been read and judged as far as that goes without stored data. */
export interface ReadSearch {
  readonly source: SearchSource;
  readonly search: ParsedSearch;
  /** One for each type of the source, in its order. */
  readonly accesses: readonly Access<'s'>[];
  readonly asked: readonly (readonly Criterion[])[];
  /** To the types that chains and `_has` lead to. */
  readonly linked: readonly Access<'s'>[];
  /** Types that chains without a type leave out. */
  readonly unfollowed: readonly Unfollowed[];
}

/** Throws 400 for what is not offered, and Refused for types out of reach. */
export function readSearch(
  context: RequestContext,
  { address, query, handling }: AskedSearch,
  { offer, parameters, options }: SearchMeans,
): ReadSearch {
  const source = searchSource(context, address, query, parameters);
  const accesses = source.types.map((type) => context.accessTo(type, 's'));
  const maySearch = (type: string): boolean => context.may(type, 's');
  const search = parseSearch(source, query, settingsOf(options, { offer, maySearch, handling }));
  if (search.explain) requireExplainOffered(options.searchExplain);
  const asked = source.types.map((type) => [...source.belonging(type), ...search.criteria.get(type)!]);
  const looked = { ...search, path: source.path, criteria: new Map(source.types.map((type, i) => [type, asked[i]!])) };
  requireUnmasked(context, looked, (type, code) => parameters.find(type, code));
  const [linked, unfollowed] = [linkedAccesses(context, asked.flat()), unfollowedOf(asked.flat())];
  return { source, search, accesses, asked, linked, unfollowed };
}

/** One by one: a copy of all options takes 4 kB, which grow old with all that the search leads to. */
const settingsOf = (
  { base, timeZone, chainDepth, searchValues, searchCountDefault, searchCountMax, searchHandling }: FhirOptions,
  { handling = searchHandling, ...of }: Pick<SearchSettings, 'offer' | 'maySearch'> & Pick<AskedSearch, 'handling'>,
): SearchSettings => ({
  ...of,
  base,
  timeZone,
  chainDepth,
  searchValues,
  searchCountDefault,
  searchCountMax,
  searchHandling: handling,
});

/** Returns the binding of the page links of the search. */
export const bindingOf = (read: ReadSearch): CursorBinding => new SearchBinding(read);

/** A class: V8 makes a literal with a getter a shape of its own each time, which holds the whole search until the old objects are collected. */
class SearchBinding implements CursorBinding {
  readonly query: string;

  constructor(private readonly read: ReadSearch) {
    this.query = `${read.source.path}?${read.search.canonical}`;
  }

  /** Most searches have one page: no link is sealed, none is opened. */
  get access(): string {
    return fingerprintOf([...this.read.accesses, ...this.read.linked]);
  }
}
