import type { SearchParameter } from './search-parameter.js';
import type { SearchParameters } from './search-parameters.js';

/**
 * Which parameters type search takes: `/metadata`, parsing and refusals read this one list. Indexed parameters that
 * are not offered can still limit a granular scope.
 */
export class SearchOffer {
  readonly #codes = new Set<string>();

  constructor(private readonly parameters: SearchParameters) {}

  /** Offers parameters; those R4 does not define are indexed from now on. */
  add(...offered: readonly SearchParameter[]): void {
    for (const parameter of offered) {
      if (!this.parameters.findByUrl(parameter.url)) this.parameters.add(parameter);
      this.#codes.add(parameter.url);
    }
  }

  for(type: string): readonly SearchParameter[] {
    return [...this.parameters.forType(type).values()].filter(({ url }) => this.#codes.has(url));
  }

  find(type: string, code: string): SearchParameter | undefined {
    const parameter = this.parameters.find(type, code);
    return parameter && this.#codes.has(parameter.url) ? parameter : undefined;
  }

  /** True for a parameter of R4 that type search does not take. */
  knows(type: string, code: string): boolean {
    return this.parameters.find(type, code) !== undefined;
  }
}
