import { type ParseValue, parserOf } from './parse-filter.js';
import { parseTypedReference } from './parse-reference-value.js';
import { parseExactString, parsePartOfString, parseTokenText } from './parse-string-value.js';
import { parseIdValue, parseTokenValue, parseTypedIdentifier } from './parse-token-value.js';
import { parseCanonicalAbove, parseCanonicalBelow } from './parse-canonical-value.js';
import { parseSubsumption, parseValueSet } from './parse-terminology-value.js';
import { parseUriAbove, parseUriBelow } from './parse-uri-value.js';
import { targetsOf } from '../parameters/reference-targets.js';
import type { SearchParameter } from '../parameters/search-parameter.js';

/** Effect of a modifier on the values of a parameter. */
export interface Modifier {
  readonly parse: ParseValue;
  /** Rows that match none of the values, those without a value included. */
  readonly not?: boolean;
}

type Modifiers = Readonly<Record<string, Modifier>>;

/** https://hl7.org/fhir/R4/search.html#modifiers, without `:missing` and `:[type]`. */
const byType: Partial<Record<SearchParameter['type'], Modifiers>> = {
  string: { exact: { parse: parseExactString }, contains: { parse: parsePartOfString } },
  token: {
    not: { parse: parseTokenValue, not: true },
    text: { parse: parseTokenText },
    in: { parse: parseValueSet },
    'not-in': { parse: parseValueSet, not: true },
    'of-type': { parse: parseTypedIdentifier },
    above: { parse: parseSubsumption('above') },
    below: { parse: parseSubsumption('below') },
  },
  reference: {
    identifier: { parse: (parameter, text) => ({ ...parseTokenValue(parameter, text), kind: 'identifier' }) },
    above: { parse: parseCanonicalAbove },
    below: { parse: parseCanonicalBelow },
  },
  uri: { above: { parse: parseUriAbove }, below: { parse: parseUriBelow } },
};

/** Columns of their own: an id has no system, text or type. */
const byCode: Readonly<Record<string, Modifiers>> = { _id: { not: { parse: parseIdValue, not: true } } };

const modifiersOf = ({ code, type }: SearchParameter): Modifiers => byCode[code] ?? byType[type] ?? {};

/** Returns the modifier in `code:modifier=`; undefined when R4 has none for the type, or we do not support it. */
export function findModifier(parameter: SearchParameter, name: string): Modifier | undefined {
  const modifiers = modifiersOf(parameter);
  if (Object.hasOwn(modifiers, name)) return modifiers[name];
  if (parameter.type !== 'reference' || !targetsOf(parameter).includes(name)) return undefined;
  return { parse: (one, text, { base }) => parseTypedReference(one, text, { type: name, base }) };
}

/** Without a modifier. */
export const plain = (parameter: SearchParameter, text: string): Modifier => ({ parse: parserOf(parameter, text) });

/** The names that may follow the parameter, without the colon. */
export function modifierNames(parameter: SearchParameter): readonly string[] {
  const types = parameter.type === 'reference' ? targetsOf(parameter) : [];
  return [...(takesMissing(parameter) ? ['missing'] : []), ...Object.keys(modifiersOf(parameter)), ...types];
}

export const takesMissing = ({ type }: SearchParameter): boolean => type !== 'composite';
