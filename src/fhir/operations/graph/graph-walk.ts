import { setImmediate as nextTurn } from 'node:timers/promises';
import { FhirError } from '../../../r4/errors/fhir-error.js';
import { objectsOf, textOf } from '../../../r4/json/items.js';
import { isObject, type JsonObject } from '../../../r4/json/json.js';
import { type LocalReference, parseReference } from '../../../r4/model/reference.js';
import { isResourceType } from '../../../r4/model/resource-types.js';
import { compilePath } from '../../../r4/search/path/compile-path.js';
import { BeyondSubset, type PathExpression, TooCostlyPath } from '../../../r4/search/path/path-expression.js';
import { collect } from '../../../r4/search/path/step.js';
import type { SearchParameters } from '../../../r4/search/parameters/search-parameters.js';
import { Refused } from '../../../refusal/refusal.js';
import { TooCostly } from '../../interactions/answer-budget.js';
import type { Matching } from '../graphql/matching.js';
import type { StoredData } from '../graphql/stored-data.js';
import { CompartmentRules } from './compartment-rules.js';
import { type GraphLink, GraphNotOffered, type GraphTarget, ref } from './read-graph.js';

type Finder = (resource: JsonObject) => readonly string[];

interface WalkMeans {
  /** Resources by reference, read by the caller's own access. */
  readonly data: StoredData;
  /** Searches, as the caller makes them. */
  readonly matching: Matching;
  readonly parameters: SearchParameters;
  /** FHIR base URL. */
  readonly base: string;
}

/** A resource that a path leads to, and where from. */
interface Referred {
  readonly resource: JsonObject;
  readonly from: readonly JsonObject[];
}

/** Resources of one graph. */
const mostResources = 1000;
/** References that its links find, also those that lead nowhere. */
const mostReferences = 100_000;
/** Resources that one search is asked about. */
const refsOfSearch = 50;
/** Steps and kinds of values of one path. */
const pathBudget = 200;

/** Follows the links of a GraphDefinition, one after the other: each is one read, or some searches, for all resources that it begins at. */
export class GraphWalk {
  /** By `Type/id`, in the order in which they were found. */
  private readonly found = new Map<string, JsonObject>();
  /** By link and type. */
  private readonly finders = new Map<string, Finder>();
  private readonly rules: CompartmentRules;
  private looked = 0;

  constructor(
    private readonly means: WalkMeans,
    private readonly root: JsonObject,
  ) {
    this.rules = new CompartmentRules(means);
  }

  /** All that the links reach, without the resource that they begin at. Throws {@link TooCostly} and {@link GraphNotOffered}. */
  async reached(links: readonly GraphLink[]): Promise<readonly JsonObject[]> {
    await this.follow(links, [this.root]);
    this.found.delete(keyOf(this.root));
    return [...this.found.values()];
  }

  private async follow(links: readonly GraphLink[], from: readonly JsonObject[]): Promise<void> {
    if (from.length === 0) return;
    for (const link of links) {
      const referred = link.path === undefined ? [] : await this.referred(link, link.path, from);
      for (const target of link.targets) {
        const reached = link.path === undefined ? await this.searched(target, from) : this.kept(target, referred);
        for (const one of reached) this.found.set(keyOf(one), one);
        if (this.found.size > mostResources)
          throw new TooCostly(
            `The graph has more than ${mostResources} resources. Ask for a graph of fewer links, or of another resource.`,
          );
        await this.follow(target.links, reached);
      }
    }
  }

  /** Resources out of reach, or gone, are left out of the graph. */
  private async referred(
    link: GraphLink,
    path: PathExpression,
    from: readonly JsonObject[],
  ): Promise<readonly Referred[]> {
    const { data, base } = this.means;
    const wanted = new Map<string, { reference: LocalReference; from: JsonObject[] }>();
    for (const [literal, sources] of await this.references(link, path, from)) {
      const local = parseReference(literal, base);
      if (!local || !isResourceType(local.type)) continue;
      const key = `${local.type}/${local.id}`;
      const known = wanted.get(key);
      // The current version, whichever the reference names.
      if (!known) wanted.set(key, { reference: { type: local.type, id: local.id }, from: [...sources] });
      else for (const source of sources) known.from.push(source);
    }
    for (const { reference } of wanted.values()) data.resource(reference);
    if (data.isWaiting) await data.fetch();
    return [...wanted.values()].flatMap((one) => {
      const resource = data.resource(one.reference);
      return resource === undefined || resource instanceof FhirError ? [] : [{ resource, from: one.from }];
    });
  }

  /** Of the type of a target, and by a link that keeps its rules. */
  private kept({ type, rules }: GraphTarget, referred: readonly Referred[]): readonly JsonObject[] {
    return referred
      .filter(({ resource }) => type === 'Resource' || resource['resourceType'] === type)
      .filter(({ resource, from }) => from.some((source) => this.rules.keeps(rules, source, resource)))
      .map(({ resource }) => resource);
  }

  /** With the resources that each stands in. In turns with other requests: paths look through all of a resource. */
  private async references(
    link: GraphLink,
    path: PathExpression,
    from: readonly JsonObject[],
  ): Promise<ReadonlyMap<string, readonly JsonObject[]>> {
    const found = new Map<string, JsonObject[]>();
    for (const one of from) {
      const references = this.finderOf(link, path, one)(one);
      this.looked += references.length;
      if (this.looked > mostReferences)
        throw new TooCostly(`The graph would look at more than ${mostReferences} references. Ask for fewer links.`);
      for (const reference of new Set(references)) {
        const sources = found.get(reference);
        if (sources) sources.push(one);
        else found.set(reference, [one]);
      }
      await nextTurn();
    }
    return found;
  }

  private finderOf({ place }: GraphLink, path: PathExpression, { resourceType }: JsonObject): Finder {
    const key = `${place} ${textOf(resourceType)}`;
    const finder = this.finders.get(key) ?? referencesAt(place, path, textOf(resourceType));
    this.finders.set(key, finder);
    return finder;
  }

  /** One search finds what refers to any of some resources: these are alike for the rules. */
  private async searched(target: GraphTarget, from: readonly JsonObject[]): Promise<readonly JsonObject[]> {
    const found = new Map<string, JsonObject>();
    for (const group of this.rules.alike(target.rules, from))
      for (const one of await this.referring(target, group))
        if (this.rules.keeps(target.rules, group[0]!, one)) found.set(keyOf(one), one);
    return [...found.values()];
  }

  private async referring(
    { type, params = '' }: GraphTarget,
    from: readonly JsonObject[],
  ): Promise<readonly JsonObject[]> {
    const found = new Map<string, JsonObject>();
    for (let start = 0; start < from.length; start += refsOfSearch) {
      const refs = from
        .slice(start, start + refsOfSearch)
        .map(keyOf)
        .join(',');
      const query = new URLSearchParams(
        [...new URLSearchParams(params)].map(([name, value]): [string, string] => [name, value === ref ? refs : value]),
      );
      for (const one of await this.matches(type, query)) found.set(keyOf(one), one);
    }
    return [...found.values()];
  }

  /** Types that the caller may not search are not in the graph. */
  private async matches(type: string, query: URLSearchParams): Promise<readonly JsonObject[]> {
    const search = { type, query, offset: 0, isPaged: false, counts: false, most: mostResources + 1 };
    try {
      const { edges } = await this.means.matching.run(search);
      return objectsOf(edges).flatMap(({ resource }) => (isObject(resource) ? [resource] : []));
    } catch (error) {
      if (error instanceof Refused) return [];
      throw error;
    }
  }
}

const keyOf = ({ resourceType, id }: JsonObject): string => `${textOf(resourceType)}/${textOf(id)}`;

/** Finds literal references that a path leads to. */
function referencesAt(place: string, path: PathExpression, resourceType: string): Finder {
  try {
    const paths = compilePath(path, { type: resourceType, resourceType, budget: { left: pathBudget } });
    const finders = paths.filter(({ type }) => type === 'Reference').map(({ steps }) => collect(steps));
    return (resource) =>
      finders
        .flatMap((find) => find(resource, { resource }))
        .flatMap((value) => (isObject(value) && typeof value['reference'] === 'string' ? [value['reference']] : []));
  } catch (error) {
    if (!(error instanceof BeyondSubset || error instanceof TooCostlyPath)) throw error;
    throw new GraphNotOffered({
      code: 'not-supported',
      diagnostics: `The GraphDefinition is not followed. ${place}.path: ${resourceType} has no such path that is read here. ${error.message}`,
    });
  }
}
