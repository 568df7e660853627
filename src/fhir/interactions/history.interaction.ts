import { Inject, Injectable } from '@nestjs/common';
import type { Access } from '../../scope/access.js';
import { notFound } from '../../scope/explain/not-found.js';
import type { RequestContext } from '../../scope/request-context.js';
import { FHIR_OPTIONS, type FhirOptions } from '../fhir-options.js';
import type { Interaction } from '../../r4/rest/interaction.js';
import { subsetOf } from '../../r4/model/subset.js';
import { type CursorBinding, CursorSeal } from '../../r4/search/query/cursor.js';
import type { HistoryRequest, VersionPlace } from '../../r4/search/query/history-request.js';
import { type ParsedHistory, parseHistory } from '../../r4/search/query/parse-history.js';
import type { HistoryPage } from '../storage/reading/history-page.js';
import { ResourceRepository } from '../storage/resource.repository.js';
import { AnswerBudget } from './answer-budget.js';
import { type BundleLink, bundleText, historyEntry } from './bundle/bundle-text.js';
import { fingerprintOf, openPage } from './search/open-page.js';
import { subsetVersions } from './subset-version.js';
import { wholeSystem } from './search/whole-system.js';

export interface HistoryCircumstances {
  /** A transaction reads itself. */
  readonly from?: ResourceRepository;
  /** Budget of the whole answer, where this is a part of it. */
  readonly budget?: AnswerBudget | undefined;
}

/** A resource, a type, or neither for the whole system. */
export type HistoryTarget = Pick<Interaction, 'type' | 'id'>;

/** https://hl7.org/fhir/R4/http.html#history of a resource, a type or the system; each version is judged on its own. */
@Injectable()
export class HistoryInteraction {
  constructor(
    private readonly resources: ResourceRepository,
    private readonly seal: CursorSeal,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  /** The history Bundle as text. */
  async run(
    context: RequestContext,
    target: HistoryTarget,
    query: URLSearchParams,
    { from = this.resources, budget = new AnswerBudget(this.options) }: HistoryCircumstances = {},
  ): Promise<string> {
    const history = parseHistory(query, this.options);
    const subset = subsetOf(query, target.type);
    const read = pageOf(context, target, from);
    const bound = bindingOfHistory(context, target, history);
    const position = history.cursor === undefined ? {} : openPage(this.seal, history.cursor, bound);
    const page = await read({
      ...history.request,
      bytes: budget.bytes,
      ...(position.after !== undefined && { after: JSON.parse(position.after) as VersionPlace }),
      ...(position.before !== undefined && { before: JSON.parse(position.before) as VersionPlace }),
    });
    for (const { body } of page.rows) budget.take(body);
    const versions = await subsetVersions(page.rows, subset);
    const entries = versions.map((version) => historyEntry(this.options.base, version));
    return bundleText('history', this.links(page, bound, history.cursor), entries, page.total);
  }

  private links(page: HistoryPage, bound: CursorBinding, cursor: string | undefined): readonly BundleLink[] {
    const address = `${this.options.base}/${bound.query}`;
    const paged = (sealed: string): string => `${address}&_cursor=${sealed}`;
    const [first, last] = [page.rows[0], page.rows.at(-1)];
    const links: BundleLink[] = [{ relation: 'self', url: cursor === undefined ? address : paged(cursor) }];
    if (cursor !== undefined) links.push({ relation: 'first', url: address });
    if (page.hasPrevious && first) {
      links.push({ relation: 'previous', url: paged(this.seal.seal({ before: placeOf(first) }, bound)) });
    }
    if (page.hasNext && last) {
      links.push({ relation: 'next', url: paged(this.seal.seal({ after: placeOf(last) }, bound)) });
    }
    return links;
  }
}

/** Reads one page of a history. */
type PageOf = (request: HistoryRequest) => Promise<HistoryPage>;

/** Returns the binding of the page links of a history; throws Refused like the history itself. */
export function bindingOfHistory(
  context: RequestContext,
  { type, id }: HistoryTarget,
  { canonical }: Pick<ParsedHistory, 'canonical'>,
): CursorBinding {
  const path = [type, id, '_history'].filter((part) => part !== undefined).join('/');
  const access =
    type !== undefined && id !== undefined
      ? context.accessTo(type, 'r').fingerprint
      : fingerprintOf(accessesOf(context, type));
  return { query: `${path}?${canonical}`, access };
}

const accessesOf = (context: RequestContext, type: string | undefined): readonly Access<'s'>[] =>
  type === undefined
    ? wholeSystem.filter((one) => context.may(one, 's')).map((one) => context.accessTo(one, 's'))
    : [context.accessTo(type, 's')];

function pageOf(context: RequestContext, { type, id }: HistoryTarget, from: ResourceRepository): PageOf {
  if (type !== undefined && id !== undefined) return pageOfInstance(context.accessTo(type, 'r'), id, from);
  const accesses = accessesOf(context, type);
  return (request) => from.historyOfTypes(accesses, request);
}

const pageOfInstance =
  (access: Access<'r'>, id: string, from: ResourceRepository): PageOf =>
  async (request) => {
    const page = await from.history(access, id, request);
    // No version of the time asked for, or none at all; what is hidden is not there.
    if (page.rows.length === 0 && !(await from.find(access, id))) throw notFound(access, id);
    return page;
  };

const placeOf = ({ lastUpdated, type, id, versionId }: VersionPlace): string =>
  JSON.stringify({ lastUpdated, type, id, versionId });
