import { Inject, Injectable, Optional } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { RequestContext } from '../../../scope/request-context.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { parseReference } from '../../../r4/model/reference.js';
import type { Criterion } from '../../../r4/search/query/criterion.js';
import { expandCriteria, needsTerminology } from '../../../r4/terminology/value-sets/expand-criteria.js';
import { builtInCodeSystems, builtInValueSets } from '../../../r4/terminology/built-in.js';
import { CodeSystem, type ConceptsElsewhere } from '../../../r4/terminology/code-systems/code-system.js';
import { implicitValueSet } from '../../../r4/terminology/value-sets/implicit-value-sets.js';
import { Expansion } from '../../../r4/terminology/value-sets/expansion.js';
import type { Part } from '../../../r4/terminology/read-resource.js';
import type { TerminologySource } from '../../../r4/terminology/terminology-source.js';
import { readValueSet, type ValueSet } from '../../../r4/terminology/value-sets/value-set.js';
import type { KnownReleases } from '../../storage/concepts/known-releases.js';
import type { ResourceRepository } from '../../storage/resource.repository.js';
import { QuestionBudgets } from '../../terminology-servers/question-budgets.js';
import { TerminologyServers } from '../../terminology-servers/terminology-servers.js';
import { RecentDefinitions } from './recent-definitions.js';
import { Shelf } from './shelf.js';
import { TerminologyElsewhere } from './terminology-elsewhere.js';
import { TERMINOLOGY, type TerminologyProvider } from './terminology-provider.js';
import { VersionCache } from './version-cache.js';

/** Entries, and concepts in all of them: a concept takes some hundred bytes. */
const cacheLimits = { entries: 500, weight: 150_000 };
/** Characters of urls that define value sets, of which each counts for some more. */
const mostImplicit = 200_000;
const perValueSet = 300;

/** Puts codes in the place of the value sets and hierarchies that criteria name. */
@Injectable()
export class Terminology {
  private readonly valueSets = new VersionCache<ValueSet>(cacheLimits);
  private readonly codeSystems = new VersionCache<CodeSystem>(cacheLimits);
  private readonly recentValueSets = new RecentDefinitions<ValueSet>();
  private readonly recentCodeSystems = new RecentDefinitions<CodeSystem>();

  private madeImplicit: LRUCache<string, ValueSet> | undefined;
  /** R4's own, and those that code systems define by their urls. */
  private readonly defined: Definitions<ValueSet> = {
    find: (name) => builtInValueSets.find(name) ?? this.implicitOf(name),
  };
  private readonly elsewhere: TerminologyElsewhere | undefined;

  constructor(
    @Inject(FHIR_OPTIONS) private readonly options: Pick<FhirOptions, 'base'>,
    private readonly servers: TerminologyServers,
    private readonly budgets: QuestionBudgets,
    @Optional() @Inject(TERMINOLOGY) provider?: TerminologyProvider,
  ) {
    this.elsewhere = provider && new TerminologyElsewhere(provider);
  }

  /** Other servers, for a caller who may read all that there is of a type: whether a limit lets through what they have, nobody can say. */
  serversFor(context: RequestContext, type: 'ValueSet' | 'CodeSystem' | 'ConceptMap'): TerminologyServers | undefined {
    const isAsked = this.servers.isThere && context.may(type, 'r') && context.accessTo(type, 'r').isOpen;
    if (!isAsked) return undefined;
    const budget = this.budgets.of(context);
    return budget ? this.servers.within(budget) : this.servers;
  }

  /** Expands each list of criteria, in their order; throws 400. Nothing is read unless one of them needs it. */
  async expand(
    context: RequestContext,
    lists: readonly (readonly Criterion[])[],
    from: ResourceRepository,
  ): Promise<readonly (readonly Criterion[])[]> {
    if (!lists.some(needsTerminology)) return lists;
    const expansion = new Expansion(this.storedFirst(context, from));
    const expanded: (readonly Criterion[])[] = [];
    for (const criteria of lists) expanded.push(await expandCriteria(criteria, expansion));
    return expanded;
  }

  /**
   * Source for searches and questions: stored resources go before R4's own, these before those of the application, and other servers are last.
   * `releases`: releases that are known already, for questions about which an answer of some seconds ago is good.
   */
  storedFirst(context: RequestContext, from: ResourceRepository, releases?: KnownReleases): TerminologySource {
    const here = this.hereFirst(context, from, releases);
    if (!this.servers.isThere) return here;
    return {
      valueSets: async (names) => {
        const found = await here.valueSets(names);
        const servers = this.serversFor(context, 'ValueSet');
        const missing = names.filter((name, i) => !found[i] && isCanonical('ValueSet', name, this.options.base));
        return servers ? inPlace(names, found, missing, await servers.valueSets(missing)) : found;
      },
      codeSystems: async (names, foreseen) => {
        const found = await here.codeSystems(names, foreseen);
        const servers = this.serversFor(context, 'CodeSystem');
        const missing = names.filter(
          (name, i) => isNameAlone(found[i]) && isCanonical('CodeSystem', name, this.options.base),
        );
        return servers ? inPlace(names, found, missing, await servers.codeSystems(missing)) : found;
      },
    };
  }

  private hereFirst(context: RequestContext, from: ResourceRepository, releases?: KnownReleases): TerminologySource {
    const { defined, elsewhere, options } = this;
    return new HereFirst(this.shelves(context, from, releases), { defined, elsewhere, base: options.base });
  }

  /** Source in which R4's own go before stored resources: no client that may store terminology replaces them. */
  builtInFirst(context: RequestContext, from: ResourceRepository): TerminologySource {
    const { valueSets, codeSystems } = this.shelves(context, from);
    return {
      valueSets: (names) => ownFirst(names, this.defined, valueSets),
      codeSystems: (names) => ownFirst(names, builtInCodeSystems, codeSystems),
    };
  }

  private implicitOf(name: string): ValueSet | undefined {
    const kept = this.madeImplicit?.get(name);
    if (kept) return kept;
    const found = implicitValueSet(name);
    this.madeImplicit ??= new LRUCache({ maxSize: mostImplicit });
    if (found) this.madeImplicit.set(name, found, { size: name.length + perValueSet });
    return found;
  }

  private shelves(context: RequestContext, from: ResourceRepository, releases?: KnownReleases) {
    const { base } = this.options;
    const { codeSystems, valueSets } = this;
    return {
      valueSets: new Shelf({
        context,
        from,
        base,
        type: 'ValueSet',
        cache: valueSets,
        read: readValueSet,
        kept: releases && { releases, recent: this.recentValueSets },
      }),
      codeSystems: new Shelf({
        context,
        from,
        base,
        type: 'CodeSystem',
        cache: codeSystems,
        read: readSystem,
        kept: releases && { releases, recent: this.recentCodeSystems },
      }),
    };
  }
}

const isCanonical = (type: 'ValueSet' | 'CodeSystem', name: string, base: string): boolean =>
  parseReference(name, base)?.type !== type;

interface Means {
  readonly defined: Definitions<ValueSet>;
  readonly elsewhere: TerminologyElsewhere | undefined;
  readonly base: string;
}

/** Stored resources, then R4's own, then those of the application. A class, as all that is made for each request (docs/adr/0103). */
class HereFirst implements TerminologySource {
  constructor(
    private readonly stored: { readonly valueSets: Shelf<ValueSet>; readonly codeSystems: Shelf<CodeSystem> },
    private readonly means: Means,
  ) {}

  async valueSets(names: readonly string[]): Promise<readonly (ValueSet | undefined)[]> {
    // Expansions ask for all that is included, which is mostly nothing of one kind.
    if (names.length === 0) return [];
    const { defined } = this.means;
    const found = (await this.stored.valueSets.find(names)).map((one, i) => one ?? defined.find(names[i]!));
    return this.completed('ValueSet', names, { found, read: readValueSet });
  }

  async codeSystems(
    names: readonly string[],
    foreseen?: Parameters<TerminologySource['codeSystems']>[1],
  ): Promise<readonly (CodeSystem | undefined)[]> {
    if (names.length === 0) return [];
    const stored = await this.stored.codeSystems.find(names, foreseen);
    const found = stored.map((one, i) => one ?? builtInCodeSystems.find(names[i]!));
    return this.completed('CodeSystem', names, { found, read: (one) => readSystem(one) });
  }

  /** Looks elsewhere for canonicals that nothing was found for. */
  private async completed<T>(
    type: 'ValueSet' | 'CodeSystem',
    names: readonly string[],
    { found, read }: { readonly found: readonly (T | undefined)[]; readonly read: (resource: Part) => T },
  ): Promise<readonly (T | undefined)[]> {
    const { elsewhere, base } = this.means;
    if (!elsewhere) return found;
    const missing = names.filter((name, i) => found[i] === undefined && isCanonical(type, name, base));
    if (missing.length === 0) return found;
    const others = await elsewhere.find(type, missing);
    const known = new Map(missing.map((name, i) => [name, others[i]]));
    return names.map((name, i) => {
      const other = known.get(name);
      return found[i] ?? (other && read(other));
    });
  }
}

/** True where there is no definition, or one without concepts, as packages have of code systems of others. */
const isNameAlone = (system: CodeSystem | undefined): boolean =>
  system === undefined || (system.content === 'not-present' && !system.stored);

/** Definitions in their order; one of another server stands where it has one. */
function inPlace<T>(
  names: readonly string[],
  found: readonly (T | undefined)[],
  missing: readonly string[],
  others: readonly (T | undefined)[],
): readonly (T | undefined)[] {
  const known = new Map(missing.map((name, i) => [name, others[i]]));
  return names.map((name, i) => known.get(name) ?? found[i]);
}

interface Definitions<T> {
  find(name: string): T | undefined;
}

async function ownFirst<T extends { readonly size: number; readonly url: string }>(
  names: readonly string[],
  builtIn: Definitions<T>,
  stored: Shelf<T>,
): Promise<readonly (T | undefined)[]> {
  const own = names.map((name) => builtIn.find(name));
  const others = await stored.find(names.filter((_, i) => !own[i]));
  let next = 0;
  return own.map((one) => one ?? others[next++]);
}

const readSystem = (resource: Part, elsewhere?: ConceptsElsewhere): CodeSystem => new CodeSystem(resource, elsewhere);
