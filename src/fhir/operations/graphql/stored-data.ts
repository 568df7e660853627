import { FhirError, ResourceGone } from '../../../r4/errors/fhir-error.js';
import type { JsonObject } from '../../../r4/json/json.js';
import { readStored } from '../../../r4/json/stored-json.js';
import { grouped } from '../../../r4/model/grouped.js';
import type { LocalReference } from '../../../r4/model/reference.js';
import { Refused } from '../../../refusal/refusal.js';
import type { Access } from '../../../scope/access.js';
import { notFound } from '../../../scope/explain/not-found.js';
import type { RequestContext } from '../../../scope/request-context.js';
import type { AnswerBudget } from '../../interactions/answer-budget.js';
import type { SearchInteraction } from '../../interactions/search/search.interaction.js';
import type { VreadInteraction } from '../../interactions/vread.interaction.js';
import type { CurrentVersions } from '../../storage/reading/current-versions.js';
import type { StoredVersion } from '../../storage/reading/stored-version.js';
import { Allowance, tooLarge } from './allowance.js';
import { type LinkedSearch, Matching, type WantedSearch } from './matching.js';

/** Resources whose lists come in one search. */
const targetsAtOnce = 100;

/** A resource, or why it cannot be had: as a read of it says. */
export type Reading = JsonObject | FhirError;

/** The readers of stored data. */
export interface DataMeans {
  readonly context: RequestContext;
  readonly budget: AnswerBudget;
  readonly versions: CurrentVersions;
  readonly vreads: VreadInteraction;
  readonly searches: SearchInteraction;
}

/** Current rows of one type that are asked for. */
interface WantedType {
  readonly access: Access<'r'>;
  readonly ids: string[];
}

/**
 * Resources and matches of one answer, under the caller's own access: all resources that a level of the query refers to come in one
 * statement, and so do the lists and pages of one field within them; each search is the interaction itself.
 */
export class StoredData {
  private readonly resources = new Map<string, Reading>();
  private readonly matches = new Map<string, JsonObject>();
  private wantedResources = new Map<string, LocalReference>();
  private wantedSearches = new Map<string, WantedSearch>();
  private readonly allowance = new Allowance();
  private readonly matching: Matching;

  constructor(private readonly means: DataMeans) {
    this.matching = new Matching(means, this.allowance);
  }

  /** Undefined until {@link fetch}. */
  resource(reference: LocalReference): Reading | undefined {
    const key = keyOf(reference);
    const known = this.resources.get(key);
    if (!known) this.wantedResources.set(key, reference);
    return known;
  }

  /** Undefined until {@link fetch}. */
  search(search: WantedSearch): JsonObject | undefined {
    const key = JSON.stringify({ ...search, query: search.query.toString() });
    const known = this.matches.get(key);
    if (!known) this.wantedSearches.set(key, search);
    return known;
  }

  get isWaiting(): boolean {
    return this.wantedResources.size + this.wantedSearches.size > 0;
  }

  /** Reads what was asked for and is not there yet. Throws what searches throw, and 422 for more than one answer may hold. */
  async fetch(): Promise<void> {
    const [resources, searches] = [this.wantedResources, this.wantedSearches];
    this.wantedResources = new Map();
    this.wantedSearches = new Map();
    if (resources.size > 0) await this.fetchResources([...resources.values()]);
    await this.fetchLinked(searches);
    for (const [key, search] of searches)
      if (!this.matches.has(key)) this.matches.set(key, await this.matching.run(search));
  }

  /** Lists and pages of one field within several resources come together. */
  private async fetchLinked(searches: ReadonlyMap<string, WantedSearch>): Promise<void> {
    const fields = grouped(
      [...searches].flatMap(([key, search]) => (isLinked(search) ? [{ key, search }] : [])),
      ({ search }) => `${search.type}?${search.query.toString()}&${search.link.code}&${search.most}&${search.isPaged}`,
    );
    for (const [, within] of fields) {
      for (let at = 0; within.length > 1 && at < within.length; at += targetsAtOnce) {
        const some = within.slice(at, at + targetsAtOnce);
        const targets = some.map(({ search }) => search.link.target);
        const found = await this.matching.within(some[0]!.search, targets);
        for (const { key, search } of some) {
          const matches = found.get(search.link.target);
          if (matches) this.matches.set(key, matches);
        }
      }
    }
  }

  private async fetchResources(wanted: readonly LocalReference[]): Promise<void> {
    this.allowance.take('resources', wanted.length);
    const current = new Map<string, WantedType>();
    for (const reference of wanted) {
      const { type, id, versionId } = reference;
      if (versionId !== undefined) {
        await this.fetchVersion(reference);
        continue;
      }
      const known = current.get(type) ?? this.wantedType(type);
      if (known instanceof Refused) this.resources.set(keyOf(reference), known);
      else {
        known.ids.push(id);
        current.set(type, known);
      }
    }
    await this.fetchCurrent([...current.values()]);
  }

  private async fetchCurrent(wanted: readonly WantedType[]): Promise<void> {
    const { rows, isCut } = await this.means.versions.find(wanted, this.means.budget.bytes);
    if (isCut) throw tooLarge();
    for (const version of rows) await this.keep({ type: version.type, id: version.id }, version);
    for (const { access, ids } of wanted) {
      for (const id of ids) {
        const key = keyOf({ type: access.type, id });
        if (!this.resources.has(key)) this.resources.set(key, notFound(access, id));
      }
    }
  }

  private wantedType(type: string): WantedType | Refused {
    try {
      return { access: this.means.context.accessTo(type, 'r'), ids: [] };
    } catch (error) {
      if (error instanceof Refused) return error;
      throw error;
    }
  }

  private async fetchVersion(reference: LocalReference): Promise<void> {
    this.allowance.take('versions', 1);
    const { type, id, versionId = '' } = reference;
    try {
      await this.keep(reference, await this.means.vreads.run(this.means.context, type, id, versionId));
    } catch (error) {
      if (!(error instanceof FhirError)) throw error;
      this.resources.set(keyOf(reference), error);
    }
  }

  private async keep(reference: LocalReference, { type, id, deleted, body }: StoredVersion): Promise<void> {
    this.means.budget.take(body);
    this.resources.set(keyOf(reference), deleted ? new ResourceGone(type, id) : await readStored(body));
  }
}

const isLinked = (search: WantedSearch): search is WantedSearch & LinkedSearch => search.link !== undefined;

const keyOf = ({ type, id, versionId = '' }: LocalReference): string => `${type}/${id}/${versionId}`;
