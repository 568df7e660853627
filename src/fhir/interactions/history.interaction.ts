import { Inject, Injectable } from '@nestjs/common';
import type { Access } from '../../scope/access.js';
import type { RequestContext } from '../../scope/request-context.js';
import { ResourceNotFound } from '../model/fhir-error.js';
import { FHIR_OPTIONS, type FhirOptions } from '../model/fhir-options.js';
import type { Interaction } from '../model/interaction.js';
import { subsetOf } from '../model/subset.js';
import { type CursorBinding, CursorSeal } from '../search/cursor.js';
import type { HistoryRequest, VersionPlace } from '../search/history-request.js';
import { parseHistory } from '../search/parse-history.js';
import type { HistoryPage } from '../storage/history-page.js';
import { ResourceRepository } from '../storage/resource.repository.js';
import { type BundleLink, bundleText, historyEntry } from './bundle-text.js';
import { fingerprintOf, openPage } from './open-page.js';
import { subsetVersion } from './subset-version.js';
import { wholeSystem } from './whole-system.js';

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
    from = this.resources,
  ): Promise<string> {
    const history = parseHistory(query, this.options);
    const subset = subsetOf(query, target.type);
    const source = sourceOf(context, target, from);
    const bound = { query: `${source.path}?${history.canonical}`, access: source.fingerprint };
    const position = history.cursor === undefined ? {} : openPage(this.seal, history.cursor, bound);
    const page = await source.page({
      ...history.request,
      ...(position.after !== undefined && { after: JSON.parse(position.after) as VersionPlace }),
      ...(position.before !== undefined && { before: JSON.parse(position.before) as VersionPlace }),
    });
    const entries = page.rows.map((version) => historyEntry(this.options.base, subsetVersion(version, subset)));
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

/** What a history reads, and the access that its page links are bound to. */
interface Source {
  /** Below the base. */
  readonly path: string;
  readonly fingerprint: string;
  page(request: HistoryRequest): Promise<HistoryPage>;
}

function sourceOf(context: RequestContext, { type, id }: HistoryTarget, from: ResourceRepository): Source {
  if (type !== undefined && id !== undefined) return sourceOfInstance(context.accessTo(type, 'r'), id, from);
  if (type !== undefined) return sourceOfTypes(`${type}/_history`, [context.accessTo(type, 's')], from);
  const permitted = wholeSystem.filter((one) => context.may(one, 's'));
  return sourceOfTypes(
    '_history',
    permitted.map((one) => context.accessTo(one, 's')),
    from,
  );
}

function sourceOfInstance(access: Access<'r'>, id: string, from: ResourceRepository): Source {
  return {
    path: `${access.type}/${id}/_history`,
    fingerprint: access.fingerprint,
    async page(request) {
      const page = await from.history(access, id, request);
      // No version of the time asked for, or none at all; what is hidden is not there.
      if (page.rows.length === 0 && !(await from.find(access, id))) throw new ResourceNotFound(access.type, id);
      return page;
    },
  };
}

const sourceOfTypes = (path: string, accesses: readonly Access<'s'>[], from: ResourceRepository): Source => ({
  path,
  fingerprint: fingerprintOf(accesses),
  page: (request) => from.historyOfTypes(accesses, request),
});

const placeOf = ({ lastUpdated, type, id, versionId }: VersionPlace): string =>
  JSON.stringify({ lastUpdated, type, id, versionId });
