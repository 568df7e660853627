import { createHash } from 'node:crypto';
import type { SearchOffer } from '../../r4/search/parameters/search-offer.js';
import type { SearchParameter, SearchParameterType } from '../../r4/search/parameters/search-parameter.js';
import { type Parameter, ref, type Reference } from '../document.js';

/** Form of the values, by the type of the parameter (https://hl7.org/fhir/R4/search.html#ptypes). */
const forms: Readonly<Record<SearchParameterType, string>> = {
  number: '`100`, `gt0.5`',
  date: '`2024-05`, `ge2024-01-01`',
  string: 'the beginning of the text',
  token: '`code`, `system|code`',
  reference: '`p1`, `Patient/p1`',
  composite: '`part$part`',
  quantity: '`5.4|http://unitsofmeasure.org|mg`, `gt5`',
  uri: 'the whole URI',
  special: 'see the definition',
};

/** Search parameters as components: one each, however many types have it. */
export class SearchCriteria {
  readonly parameters: Record<string, Parameter> = {};
  readonly #names = new Map<string, string>();

  constructor(private readonly offer: SearchOffer) {}

  /** The parameters that searches of a type take. */
  of(type: string): readonly Reference[] {
    return this.offer.for(type).map((parameter) => ref('parameters', this.add(parameter)));
  }

  private add(parameter: SearchParameter): string {
    const { url, code, type } = parameter;
    const known = this.#names.get(url);
    if (known !== undefined) return known;
    const name = this.nameOf(url);
    this.#names.set(url, name);
    this.parameters[name] = {
      name: code,
      in: 'query',
      description: `${type}: ${forms[type]}. ${url}`,
      // Repeated: all of them hold. With commas: one of them.
      schema: { type: 'array', items: { type: 'string' } },
    };
    return name;
  }

  /** The end of the URL; what is not of HL7, or taken, gets a hash of the whole. */
  private nameOf(url: string): string {
    const end = url.slice(url.lastIndexOf('/') + 1).replace(/[^A-Za-z0-9.-]/g, '-');
    const isFree = url.startsWith('http://hl7.org/fhir/SearchParameter/') && !(`by-${end}` in this.parameters);
    const hash = isFree ? '' : `-${createHash('sha256').update(url).digest('hex').slice(0, 8)}`;
    return `by-${end}${hash}`;
  }
}
