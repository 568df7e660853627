import { readDefinitions } from '../../model/definitions.js';
import { supertypes } from '../../model/elements.js';
import { type CustomParameters, noCustomParameters, type PendingParameter } from './custom-parameters.js';
import { typesOf } from './parameter-types.js';
import type { SearchParameter } from './search-parameter.js';

/** R4 has it in the text of the specification, without a definition: that is of R5. */
const listParameter: SearchParameter = {
  code: '_list',
  type: 'special',
  url: 'http://hl7.org/fhir/SearchParameter/Resource-list',
  base: ['Resource'],
};

/** Definitions by the type that they are declared for and their code, and by their canonical URL. */
interface Definitions {
  readonly byBase: ReadonlyMap<string, ReadonlyMap<string, SearchParameter>>;
  readonly byUrl: ReadonlyMap<string, SearchParameter>;
}

/** Read once: several servers of a process have them, and none changes one. */
let read: Definitions | undefined;
const ofR4 = (): Definitions =>
  (read ??= extended({ byBase: new Map(), byUrl: new Map() }, [
    ...(readDefinitions('search-parameters.json') as readonly SearchParameter[]),
    listParameter,
  ]));

/** Parameters of types by code, for servers that have no others: one map for all servers of a process. */
const typesOfR4 = new Map<string, ReadonlyMap<string, SearchParameter>>();

/** True for the definitions that R4 publishes, and for none that has taken the place of one. */
export const isOfR4 = (parameter: SearchParameter): boolean =>
  parameter !== listParameter && ofR4().byUrl.get(parameter.url) === parameter;

function extended({ byBase, byUrl }: Definitions, added: readonly SearchParameter[]): Definitions {
  const bases = new Map(byBase);
  for (const base of new Set(added.flatMap((one) => one.base))) {
    const own = added.filter((one) => one.base.includes(base)).map((one) => [one.code, one] as const);
    bases.set(base, new Map([...(byBase.get(base) ?? []), ...own]));
  }
  return { byBase: bases, byUrl: new Map([...byUrl, ...added.map((one) => [one.url, one] as const)]) };
}

/**
 * The search parameters of R4, those an application adds (an added one replaces its namesake), and those that are stored as
 * SearchParameter resources while the server runs.
 */
export class SearchParameters {
  private custom = noCustomParameters;
  private defined = ofR4();
  private readonly byType = new Map<string, ReadonlyMap<string, SearchParameter>>();
  private readonly allByType = new Map<string, ReadonlyMap<string, SearchParameter>>();
  private readonly indexedByType = new Map<string, ReadonlyMap<string, SearchParameter>>();
  private activeByType: ReadonlyMap<string, readonly SearchParameter[]> = new Map();

  constructor(extra: readonly SearchParameter[] = []) {
    this.add(...extra);
  }

  add(...parameters: readonly SearchParameter[]): void {
    if (parameters.length > 0) this.defined = extended(this.defined, parameters);
    this.forget();
  }

  /** Takes the place of those that were custom before. */
  setCustom(custom: CustomParameters): void {
    this.custom = custom;
    const byType = new Map<string, SearchParameter[]>();
    for (const parameter of custom.active.toSorted((one, other) => (one.url < other.url ? -1 : 1))) {
      for (const type of typesOf(parameter)) byType.set(type, [...(byType.get(type) ?? []), parameter]);
    }
    this.activeByType = byType;
    this.forget();
  }

  /** Generation of the custom parameters that resources are indexed by now. */
  get generation(): number {
    return this.custom.generation;
  }

  get revision(): number {
    return this.custom.revision;
  }

  isCustom(parameter: SearchParameter): boolean {
    return this.custom.active.includes(parameter);
  }

  /** A custom parameter that searches do not take yet, or never will. */
  findPending(type: string, code: string): PendingParameter | undefined {
    return this.custom.pending.find(({ parameter }) => parameter.code === code && typesOf(parameter).includes(type));
  }

  /** Without custom ones. */
  findBuiltIn(type: string, code: string): SearchParameter | undefined {
    const { byBase } = this.defined;
    const base = supertypes(type).find((name) => byBase.get(name)?.has(code));
    return base === undefined ? undefined : byBase.get(base)?.get(code);
  }

  find(type: string, code: string): SearchParameter | undefined {
    return this.forType(type).get(code);
  }

  /** By canonical URL, as the components of a composite name their definitions; custom ones are never components. */
  findByUrl(url: string): SearchParameter | undefined {
    return this.defined.byUrl.get(url);
  }

  /** Parameters of a type by code, those of `Resource` and `DomainResource` included. The same map until one is added. */
  forType(type: string): ReadonlyMap<string, SearchParameter> {
    let parameters = this.byType.get(type);
    if (!parameters) {
      const all = this.ofType(type);
      const offered = [...all].filter(([, parameter]) => !this.isBuilding(parameter));
      parameters = offered.length === all.size ? all : new Map(offered);
      // Only known types: names come from request lines.
      if (parameters.size > 0) this.byType.set(type, parameters);
    }
    return parameters;
  }

  /** With those that an application added and that stored rows are still being indexed for. */
  private ofType(type: string): ReadonlyMap<string, SearchParameter> {
    const custom = this.activeByType.get(type) ?? [];
    const known = custom.length === 0 && this.defined === ofR4() ? typesOfR4 : this.allByType;
    let parameters = known.get(type);
    if (!parameters) {
      const found = new Map(
        supertypes(type)
          .toReversed()
          .flatMap((base) => [...(this.defined.byBase.get(base) ?? [])]),
      );
      for (const parameter of custom) {
        if (!found.has(parameter.code)) found.set(parameter.code, parameter);
      }
      parameters = found;
      if (parameters.size > 0) known.set(type, parameters);
    }
    return parameters;
  }

  /** Returns the parameters to index a resource by, those whose index is still being built included. */
  toIndex(type: string): ReadonlyMap<string, SearchParameter> {
    let parameters = this.indexedByType.get(type);
    if (!parameters) {
      const building = this.custom.pending
        .filter(({ state, parameter }) => state === 'building' && typesOf(parameter).includes(type))
        .map(({ parameter }) => parameter)
        .filter((parameter) => !this.isAdded(parameter));
      parameters = building.length === 0 ? this.ofType(type) : this.withBuilding(type, building);
      if (parameters.size > 0) this.indexedByType.set(type, parameters);
    }
    return parameters;
  }

  /** In an order that does not change when one of them is done: the index of a row has it. */
  private withBuilding(type: string, building: readonly SearchParameter[]): ReadonlyMap<string, SearchParameter> {
    const active = this.activeByType.get(type) ?? [];
    const custom = [...active, ...building].toSorted((one, other) => (one.url < other.url ? -1 : 1));
    const others = [...this.ofType(type)].filter(([, parameter]) => !active.includes(parameter));
    return new Map([...others, ...custom.map((parameter) => [parameter.code, parameter] as const)]);
  }

  private isBuilding(parameter: SearchParameter): boolean {
    return this.custom.pending.some((one) => one.parameter === parameter);
  }

  private isAdded(parameter: SearchParameter): boolean {
    return this.defined.byUrl.get(parameter.url) === parameter;
  }

  private forget(): void {
    this.byType.clear();
    this.allByType.clear();
    this.indexedByType.clear();
  }
}
