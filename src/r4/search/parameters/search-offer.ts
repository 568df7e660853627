import { isDeepStrictEqual } from 'node:util';
import { checkParameter } from './check-parameter.js';
import { parameterNotReady } from '../query/parameter-not-ready.js';
import type { SearchParameter } from './search-parameter.js';
import type { SearchParameters } from './search-parameters.js';

/** Parameters that were offered together, and their URLs. */
interface Together {
  readonly parameters: readonly SearchParameter[];
  readonly urls: ReadonlySet<string>;
}

/** By the first of them. Servers of one process offer the same parameters, and the URLs of those of R4 take 40 kB. */
const together = new WeakMap<SearchParameter, Together>();

/**
 * Parameters that type search takes: `/metadata`, parsing and refusals read this one list. Indexed parameters that are
 * not offered can still limit a granular scope.
 */
export class SearchOffer {
  readonly #offered: ReadonlySet<string>[] = [];
  readonly #added: SearchParameter[] = [];

  constructor(private readonly parameters: SearchParameters) {}

  /** Offers parameters; those R4 does not define are indexed from now on. Throws unless search can take them. */
  add(...offered: readonly SearchParameter[]): void {
    for (const parameter of offered) {
      const known = this.parameters.findByUrl(parameter.url);
      if (known && !isDeepStrictEqual(known, parameter)) {
        throw new Error(`The search parameter ${parameter.url} is defined already, and otherwise.`);
      }
      if (!known) this.define(parameter);
    }
    this.#offered.push(urlsOf(offered));
  }

  /** Parameters that R4 does not define. */
  get added(): readonly SearchParameter[] {
    return this.#added;
  }

  for(type: string): readonly SearchParameter[] {
    return [...this.parameters.forType(type).values()].filter((parameter) => this.isOffered(parameter));
  }

  /** Throws 503 for a custom parameter whose index is being built, 400 for one that could not be. */
  find(type: string, code: string): SearchParameter | undefined {
    const parameter = this.parameters.find(type, code);
    if (parameter) return this.isOffered(parameter) ? parameter : undefined;
    const pending = this.parameters.findPending(type, code);
    if (pending) throw parameterNotReady(type, pending);
    return undefined;
  }

  /** Changes when what is offered does. */
  get revision(): number {
    return this.parameters.revision;
  }

  /** By canonical URL, offered or not, as the components of a composite name their definitions. */
  findByUrl(url: string): SearchParameter | undefined {
    return this.parameters.findByUrl(url);
  }

  /** True for a parameter of R4 that type search does not take. */
  knows(type: string, code: string): boolean {
    return this.parameters.find(type, code) !== undefined;
  }

  protected isOffered(parameter: SearchParameter): boolean {
    return this.#offered.some((urls) => urls.has(parameter.url)) || this.parameters.isCustom(parameter);
  }

  private define(parameter: SearchParameter): void {
    checkParameter(parameter, this.parameters);
    this.parameters.add(parameter);
    this.#added.push(parameter);
  }
}

function urlsOf(parameters: readonly SearchParameter[]): ReadonlySet<string> {
  const [first] = parameters;
  const known = first && together.get(first);
  if (known?.parameters.length === parameters.length && known.parameters.every((one, i) => one === parameters[i]))
    return known.urls;
  const urls = new Set(parameters.map(({ url }) => url));
  if (first) together.set(first, { parameters, urls });
  return urls;
}
