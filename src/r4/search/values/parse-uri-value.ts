import type { FilterValue } from '../query/filter.js';
import { misfit } from './invalid-search-value.js';
import type { SearchParameter } from '../parameters/search-parameter.js';
import { unescapeValue } from './split-escaped.js';

/** https://hl7.org/fhir/R4/search.html#uri */
export function parseUriValue(parameter: SearchParameter, text: string): FilterValue {
  return { kind: 'uri', uri: readUri(parameter, text) };
}

/** `:below`: what starts with the URL. */
export function parseUriBelow(parameter: SearchParameter, text: string): FilterValue {
  return { kind: 'uri-below', start: readUrl(parameter, text) };
}

/** `:above`: the URL itself and each start of it that ends at a "/", with or without it. */
export function parseUriAbove(parameter: SearchParameter, text: string): readonly FilterValue[] {
  const url = readUrl(parameter, text);
  const authority = url.indexOf('://') + 3;
  const uris = new Set([url]);
  for (let at = url.indexOf('/', authority); at > 0; at = url.indexOf('/', at + 1)) {
    uris.add(url.slice(0, at)).add(url.slice(0, at + 1));
  }
  return [...uris].map((uri) => ({ kind: 'uri', uri }));
}

function readUri(parameter: SearchParameter, text: string): string {
  const uri = unescapeValue(text);
  if (/\s/.test(uri)) throw misfit(parameter, text, 'a URI has no spaces.');
  return uri;
}

/** A URN has no hierarchy. */
function readUrl(parameter: SearchParameter, text: string): string {
  const url = readUri(parameter, text);
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/]/.test(url)) {
    throw misfit(parameter, text, 'only URLs such as http://… have others above and below.');
  }
  return url;
}
