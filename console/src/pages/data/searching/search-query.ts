import type { ParameterType } from '../capability.js';

/** One condition of a search, as the builder shows it. */
export interface Criterion {
  readonly name: string;
  /** Without colon; empty: none. */
  readonly modifier: string;
  readonly value: string;
}

/** Modifiers by type of parameter (https://hl7.org/fhir/R4/search.html#modifiers); every type has `missing`. */
const modifiers: Readonly<Record<ParameterType, readonly string[]>> = {
  string: ['exact', 'contains'],
  token: ['not', 'text', 'in', 'not-in', 'above', 'below', 'of-type'],
  reference: ['identifier', 'above', 'below'],
  uri: ['above', 'below', 'contains'],
  date: [],
  number: [],
  quantity: [],
  composite: [],
  special: [],
};

export const modifiersOf = (type: ParameterType | undefined): readonly string[] =>
  type === undefined ? [] : [...modifiers[type], 'missing'];

/** The query of a search as criteria, in its order; what the text says of page or form of the answer stays a criterion too. */
export const readQuery = (text: string): readonly Criterion[] =>
  [...new URLSearchParams(text)].map(([name, value]) => {
    const [bare = '', modifier = ''] = name.split(/:(.*)/s);
    return { name: bare, modifier, value };
  });

/** Criteria without name or value are not finished, and left out. */
export const writeQuery = (criteria: readonly Criterion[]): string =>
  criteria
    .filter(({ name, value }) => name !== '' && value !== '')
    .map(({ name, modifier, value }) => `${encoded(name + (modifier === '' ? '' : `:${modifier}`))}=${encoded(value)}`)
    .join('&');

/** As people read it: what need not be escaped in a query (RFC 3986 3.4) is not. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/%(?:3A|2F|2C|7C|24|40|3B)/g, (escape) => decodeURIComponent(escape));
