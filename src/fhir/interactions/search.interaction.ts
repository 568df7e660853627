import { Inject, Injectable } from '@nestjs/common';
import type { RequestContext } from '../../scope/request-context.js';
import { FHIR_OPTIONS, type FhirOptions } from '../model/fhir-options.js';
import { parseSearch, type ParsedSearch } from '../search/parse-search.js';
import { SearchOffer } from '../search/search-offer.js';
import { CursorSeal } from '../search/cursor.js';
import { subsetOf } from '../model/subset.js';
import { openPage } from './open-page.js';
import { ResourceRepository } from '../storage/resource.repository.js';
import { type BundleLink, bundleText, outcomeEntries, searchEntry } from './bundle-text.js';
import { subsetVersion } from './subset-version.js';

export interface SearchCircumstances {
  /** A transaction searches itself. */
  readonly from?: ResourceRepository;
  /** What `Prefer` says; the setting counts otherwise. */
  readonly handling?: 'strict' | 'lenient' | undefined;
}

/** https://hl7.org/fhir/R4/http.html#search: one page in a total order by id, each row judged in SQL. */
@Injectable()
export class SearchInteraction {
  constructor(
    private readonly resources: ResourceRepository,
    private readonly offer: SearchOffer,
    private readonly seal: CursorSeal,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  /** The searchset Bundle as text. */
  async run(
    context: RequestContext,
    type: string,
    query: URLSearchParams,
    { from = this.resources, handling }: SearchCircumstances = {},
  ): Promise<string> {
    const access = context.accessTo(type, 's');
    const { base, searchCountDefault, searchCountMax, searchHandling } = this.options;
    const accessTo = (other: string) => context.accessTo(other, 's');
    const settings = {
      offer: this.offer,
      base,
      searchCountDefault,
      searchCountMax,
      searchHandling: handling ?? searchHandling,
    };
    const search = parseSearch(type, query, settings);
    const subset = subsetOf(query, type);
    const bound = { query: `${type}?${search.canonical}`, access: access.fingerprint };
    const position = search.cursor === undefined ? {} : openPage(this.seal, search.cursor, bound);
    const page = await from.search(access, { criteria: search.criteria, count: search.count, ...position }, accessTo);
    const links: BundleLink[] = [{ relation: 'self', url: this.address(type, search, query.get('_cursor')) }];
    const [first, last] = [page.rows[0], page.rows.at(-1)];
    if (page.hasNext && last) {
      links.push({ relation: 'next', url: this.address(type, search, this.seal.seal({ after: last.id }, bound)) });
    }
    if (page.hasPrevious && first) {
      const cursor = this.seal.seal({ before: first.id }, bound);
      links.push({ relation: 'previous', url: this.address(type, search, cursor) });
    }
    const entries = page.rows.map((row) => searchEntry(base, subsetVersion(row, subset)));
    return bundleText('searchset', links, [...entries, ...outcomeEntries(search.ignored)]);
  }

  private address(type: string, { canonical }: ParsedSearch, cursor: string | null): string {
    return `${this.options.base}/${type}?${canonical}${cursor ? `&_cursor=${cursor}` : ''}`;
  }
}
