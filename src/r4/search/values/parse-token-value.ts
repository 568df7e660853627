import type { FilterValue } from '../query/filter.js';
import { misfit } from './invalid-search-value.js';
import type { SearchParameter } from '../parameters/search-parameter.js';
import { splitEscaped, unescapeValue } from './split-escaped.js';

const id = /^[A-Za-z0-9\-.]{1,64}$/;

/** `code`, `system|code`, `|code` or `system|` (https://hl7.org/fhir/R4/search.html#token). */
export function parseTokenValue(parameter: SearchParameter, text: string): FilterValue & { readonly kind: 'token' } {
  if (parameter.code === '_id') return parseIdValue(parameter, text);
  const parts = splitEscaped(text, '|').map(unescapeValue);
  const [first = '', second] = parts;
  if (parts.length > 2)
    throw misfit(parameter, text, 'more than one "|"; write "\\|" for one that is part of the code.');
  if (second === undefined) return { kind: 'token', code: first };
  if (first === '' && second === '') throw misfit(parameter, text, 'neither a system nor a code is given.');
  return { kind: 'token', system: first, ...(second !== '' && { code: second }) };
}

/** `_id` has no system. */
export function parseIdValue(parameter: SearchParameter, text: string): FilterValue & { readonly kind: 'token' } {
  if (!id.test(text)) throw misfit(parameter, text, 'an id has 1 to 64 letters, digits, "-" and ".".', '123');
  return { kind: 'token', code: text };
}

/** `system|code|value` of `:of-type`. */
export function parseTypedIdentifier(parameter: SearchParameter, text: string): FilterValue {
  const [system, code, value, ...more] = splitEscaped(text, '|').map(unescapeValue);
  if (!system || !code || !value || more.length > 0) {
    const fact = 'it has three parts: system and code of the type of the identifier, and its value.';
    throw misfit(parameter, text, fact, 'http://terminology.hl7.org/CodeSystem/v2-0203|MR|12345');
  }
  return { kind: 'of-type', value, code, system };
}
