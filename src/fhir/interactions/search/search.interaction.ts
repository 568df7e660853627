import { Inject, Injectable } from '@nestjs/common';
import type { Access } from '../../../scope/access.js';
import { Administration } from '../../../scope/administration/administration.js';
import type { RequestContext } from '../../../scope/request-context.js';
import type { Issue } from '../../../r4/errors/fhir-error.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { type Subset, subsetOf } from '../../../r4/model/subset.js';
import { type CursorBinding, CursorSeal } from '../../../r4/search/query/cursor.js';
import { linkCodes } from '../../../r4/search/links/include-lookups.js';
import type { ParsedSearch } from '../../../r4/search/query/parse-search.js';
import { SearchOffer } from '../../../r4/search/parameters/search-offer.js';
import { SearchParameters } from '../../../r4/search/parameters/search-parameters.js';
import type { SearchPlace, SearchRequest } from '../../../r4/search/query/search-request.js';
import { SearchHooks } from '../../hooks/search-hooks.js';
import { ResourceRepository } from '../../storage/resource.repository.js';
import type { LinkedVersion } from '../../storage/searching/linked-version.js';
import type { AccessTo, SearchTarget } from '../../storage/searching/search-groups.js';
import type { SearchPage } from '../../storage/searching/search-page.js';
import { AnswerBudget } from '../answer-budget.js';
import { type BundleLink, bundleText, outcomeEntries, searchEntry } from '../bundle/bundle-text.js';
import { includeResources } from './include-resources.js';
import { explanationText } from './explain-search.js';
import { openPage } from './open-page.js';
import { bindingOf, type ReadSearch, readSearch } from './read-search.js';
import type { SearchAddress } from './search-source.js';
import { subsetVersions } from '../subset-version.js';
import { Terminology } from '../terminology/terminology.js';
import { withheldNotice } from './withheld-notice.js';
import { unfollowedIssue } from './withheld-types.js';

export interface SearchCircumstances {
  /** A transaction searches itself. */
  readonly from?: ResourceRepository;
  /** Handling that `Prefer` asks for; the setting counts otherwise. */
  readonly handling?: 'strict' | 'lenient' | undefined;
  /** Budget of the whole answer, where this is a part of it. */
  readonly budget?: AnswerBudget | undefined;
}

/** An estimate counts no further: what lies beyond is told apart by `_total=accurate` only. */
const mostEstimated = 10_000;

/** Tolerated difference of the clocks of servers of one database, in ms: no row must look as if changed later. */
const clockTolerance = 5_000;

/** Content of a page link. */
interface Position {
  readonly place: SearchPlace;
  readonly until?: string;
}

/** A search that has been read, and where it runs. */
interface Run {
  readonly context: RequestContext;
  readonly search: ParsedSearch;
  readonly targets: readonly SearchTarget[];
  readonly accessTo: AccessTo;
  readonly from: ResourceRepository;
  readonly budget: AnswerBudget;
  readonly bound: CursorBinding;
  readonly subset: Subset | undefined;
  /** Remarks on parts of the query that do not run, or not on all that they could mean. */
  readonly remarks: readonly Issue[];
}

/**
 * https://hl7.org/fhir/R4/http.html#search of a type, of the system or in a compartment: one page in a total order, each
 * row judged in SQL.
 */
@Injectable()
export class SearchInteraction {
  constructor(
    private readonly resources: ResourceRepository,
    readonly offer: SearchOffer,
    readonly parameters: SearchParameters,
    private readonly terminology: Terminology,
    private readonly hooks: SearchHooks,
    readonly seal: CursorSeal,
    private readonly administration: Administration,
    @Inject(FHIR_OPTIONS) readonly options: FhirOptions,
  ) {}

  /** The searchset Bundle as text. */
  async run(
    context: RequestContext,
    address: SearchAddress,
    query: URLSearchParams,
    { from = this.resources, handling, budget = new AnswerBudget(this.options) }: SearchCircumstances = {},
  ): Promise<string> {
    const read = readSearch(context, { address, query, handling }, this);
    const { source, search, linked, unfollowed } = read;
    const accessTo = (type: string) => context.accessTo(type, 's');
    const targets = await this.targetsOf(context, read, from);
    const bound = bindingOf(read);
    if (search.explain) await this.requireExplainer(context);
    if (search.explain) return this.explain({ search, targets, accessTo, from, bound }, linked);
    const remarks = [...search.ignored, ...unfollowed.map((one) => unfollowedIssue(context, one))];
    const run = { context, search, targets, accessTo, from, budget, bound, remarks };
    if (search.onlyTotal) return this.totalOnly({ ...run, subset: undefined });
    return this.page({ ...run, subset: subsetOf(query, source.types.length === 1 ? source.types[0] : undefined) });
  }

  /** Matches of a search of one type with index entries of some parameters, instead of a page of a Bundle. */
  async matches(
    context: RequestContext,
    { type, query }: { readonly type: string; readonly query: URLSearchParams },
    asked: Pick<SearchRequest, 'count' | 'bytes' | 'linkCodes' | 'after'>,
  ): Promise<SearchPage> {
    const read = readSearch(context, { address: { type }, query, handling: 'strict' }, this);
    const targets = await this.targetsOf(context, read, this.resources);
    return this.resources.search(targets, { ...asked, sort: read.search.sort }, (one) => context.accessTo(one, 's'));
  }

  private async targetsOf(
    context: RequestContext,
    { source, accesses, asked }: ReadSearch,
    from: ResourceRepository,
  ): Promise<readonly SearchTarget[]> {
    const narrowed = await this.hooks.narrow(
      context,
      source.types.map((type, i) => ({ type, criteria: asked[i]! })),
    );
    const expanded = await this.terminology.expand(context, narrowed, from);
    return accesses.map((access, i) => ({ access, criteria: expanded[i]! }));
  }

  private async totalOnly(run: Run): Promise<string> {
    const { search, targets, accessTo, from, bound, remarks } = run;
    const total = await from.count(targets, accessTo, search.total === 'estimate' ? mostEstimated : undefined);
    const self = { relation: 'self', url: this.address(bound) } as const;
    return bundleText('searchset', [self], outcomeEntries([...remarks, ...noticeOf(run)]), total);
  }

  private async page(run: Run): Promise<string> {
    const { context, search, targets, accessTo, from, budget, bound, subset } = run;
    const notice = noticeOf(run);
    const { cursor, includes } = search;
    // Half is for what is included: matches that do not fit come on the next page.
    const bytes = includes.length > 0 ? budget.bytes / 2 : budget.bytes;
    const request = { ...this.requestOf(search, bound), bytes, ...followingOf(search, this.options) };
    const page = await from.search(targets, request, accessTo);
    for (const { body } of page.rows) budget.take(body);
    const { includeMax, chainDepth } = this.options;
    const means = { from, first: page.included, includeMax, chainDepth, budget };
    const included = await includeResources(context, page.rows, includes, means);
    const total = await this.total(page, run);
    const entriesOf = async (rows: readonly LinkedVersion[], mode: 'match' | 'include') =>
      (await subsetVersions(rows, subset)).map((row) => searchEntry(this.options.base, row, mode));
    const entries = [...(await entriesOf(page.rows, 'match')), ...(await entriesOf(included.rows, 'include'))];
    const remarks = [...run.remarks, ...included.issues, ...notice];
    const links = this.links(page, bound, { cursor, until: request.until });
    return bundleText('searchset', links, [...entries, ...outcomeEntries(remarks)], total);
  }

  /** The token was looked at; the account may have lost the right since. */
  private async requireExplainer(context: RequestContext): Promise<void> {
    if (context.principal.kind !== 'machine') await this.administration.require(context, 'Job', 'r');
  }

  /** The statement of the page, or of the count, and how it is run. */
  private async explain(
    { search, targets, accessTo, from, bound }: Omit<Run, 'context' | 'subset' | 'remarks' | 'budget'>,
    linked: readonly Access<'s'>[],
  ): Promise<string> {
    const request = search.onlyTotal ? 'count' : this.requestOf(search, bound);
    const looked = { targets, accessTo, linked: linked.map(({ type }) => type) };
    return explanationText(await from.explain(looked, request));
  }

  private requestOf(search: ParsedSearch, bound: CursorBinding): SearchRequest {
    const { count, sort, cursor, includes } = search;
    const position = cursor === undefined ? firstPage(search) : this.open(cursor, bound);
    return { count, sort, anyOrder: sort.length === 0, linkCodes: linkCodes(includes), ...position };
  }

  private open(cursor: string, bound: CursorBinding): Pick<SearchRequest, 'after' | 'before' | 'until'> {
    const { after, before } = openPage(this.seal, cursor, bound);
    const { place, until } = JSON.parse(after ?? before ?? '') as Position;
    return { ...(after === undefined ? { before: place } : { after: place }), ...(until !== undefined && { until }) };
  }

  /** The one page there is proves it; otherwise rows are counted for who asks for it. */
  private async total(page: SearchPage, { search, targets, accessTo, from }: Run): Promise<number | undefined> {
    if (search.cursor === undefined && !page.hasNext) return page.rows.length;
    if (search.total === 'accurate') return from.count(targets, accessTo);
    return search.total === 'estimate' ? from.count(targets, accessTo, mostEstimated) : undefined;
  }

  private links(page: SearchPage, bound: CursorBinding, { cursor, until }: PageState): readonly BundleLink[] {
    const { edges, hasNext, hasPrevious, isByPatient } = page;
    const textOf = (place: SearchPlace): string => JSON.stringify({ place, until });
    const links: BundleLink[] = [{ relation: 'self', url: this.address(bound, cursor) }];
    if (hasNext && edges) {
      const sealed = this.seal.seal({ after: textOf(edges.last) }, bound, isByPatient);
      links.push({ relation: 'next', url: this.address(bound, sealed) });
    }
    if (hasPrevious && edges) {
      const sealed = this.seal.seal({ before: textOf(edges.first) }, bound, isByPatient);
      links.push({ relation: 'previous', url: this.address(bound, sealed) });
    }
    return links;
  }

  private address({ query }: CursorBinding, cursor?: string): string {
    const { base } = this.options;
    const path = query.startsWith('?') ? query : `/${query}`;
    return `${base}${path}${cursor === undefined ? '' : `&_cursor=${cursor}`}`;
  }
}

const noticeOf = ({ context, targets }: Run): readonly Issue[] =>
  withheldNotice(
    context,
    targets.map(({ access }) => access),
  );

/** The includes of a page, for a statement that reads the page and its first level together. */
const followingOf = ({ includes }: ParsedSearch, { includeMax, chainDepth }: FhirOptions) =>
  includes.length > 0 && chainDepth > 0
    ? { following: { includes, codes: linkCodes(includes.filter(({ iterates }) => iterates)), most: includeMax + 1 } }
    : {};

/** State that the links of a page continue. */
interface PageState {
  readonly cursor: string | undefined;
  readonly until: string | undefined;
}

/** Rows keep their place in the order of ids; in others a change can move them. */
const firstPage = ({ sort }: ParsedSearch): Pick<SearchRequest, 'until'> =>
  sort.some(({ by }) => by !== '_id') ? { until: new Date(Date.now() + clockTolerance).toISOString() } : {};
