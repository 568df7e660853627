import { readDefinitions } from '../model/definitions.js';
import { supertypes } from '../model/elements.js';
import type { SearchParameter } from './search-parameter.js';

/** The search parameters of R4 and those an application adds; an added one replaces its namesake. */
export class SearchParameters {
  private readonly byBase = new Map<string, Map<string, SearchParameter>>();
  private readonly byUrl = new Map<string, SearchParameter>();
  private readonly byType = new Map<string, ReadonlyMap<string, SearchParameter>>();

  constructor(extra: readonly SearchParameter[] = []) {
    this.add(...(readDefinitions('search-parameters.json') as SearchParameter[]), ...extra);
  }

  add(...parameters: readonly SearchParameter[]): void {
    for (const parameter of parameters) {
      this.byUrl.set(parameter.url, parameter);
      for (const base of parameter.base) this.ofBase(base).set(parameter.code, parameter);
    }
    this.byType.clear();
  }

  find(type: string, code: string): SearchParameter | undefined {
    return this.forType(type).get(code);
  }

  /** By canonical URL, as the components of a composite name their definitions. */
  findByUrl(url: string): SearchParameter | undefined {
    return this.byUrl.get(url);
  }

  /** Parameters of a type by code, those of `Resource` and `DomainResource` included. The same map until one is added. */
  forType(type: string): ReadonlyMap<string, SearchParameter> {
    let parameters = this.byType.get(type);
    if (!parameters) {
      parameters = new Map(
        supertypes(type)
          .toReversed()
          .flatMap((base) => [...(this.byBase.get(base) ?? [])]),
      );
      // Only known types: names come from request lines.
      if (parameters.size > 0) this.byType.set(type, parameters);
    }
    return parameters;
  }

  private ofBase(base: string): Map<string, SearchParameter> {
    let parameters = this.byBase.get(base);
    if (!parameters) this.byBase.set(base, (parameters = new Map()));
    return parameters;
  }
}
