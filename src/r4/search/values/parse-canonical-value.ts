import type { FilterValue } from '../query/filter.js';
import { misfit } from './invalid-search-value.js';
import type { SearchParameter } from '../parameters/search-parameter.js';
import { unescapeValue } from './split-escaped.js';

const versioned = /^([A-Za-z][A-Za-z0-9+.-]*:[^\s|]+)\|([^\s|]+)$/;

/** `:below`: the version of the canonical, and those that it begins: 1.2 and 1.2.5, not 1.20 (https://hl7.org/fhir/R4/search.html#uri). */
export function parseCanonicalBelow(parameter: SearchParameter, text: string): readonly FilterValue[] {
  const { canonical } = readCanonical(parameter, text);
  const starts = ['.', '-'].map((end): FilterValue => ({ kind: 'uri-below', start: canonical + end }));
  return [{ kind: 'uri', uri: canonical }, ...starts];
}

/** `:above`: the version of the canonical, and those that begin it. */
export function parseCanonicalAbove(parameter: SearchParameter, text: string): readonly FilterValue[] {
  const { url, version } = readCanonical(parameter, text);
  const ends = [...version.matchAll(/[.-]/g)].map(({ index }) => version.slice(0, index)).filter((one) => one !== '');
  return [...new Set([...ends, version])].map((one) => ({ kind: 'uri', uri: `${url}|${one}` }));
}

export const isVersioned = (text: string): boolean => versioned.test(unescapeValue(text));

function readCanonical(parameter: SearchParameter, text: string) {
  const canonical = unescapeValue(text);
  const [, url, version] = versioned.exec(canonical) ?? [];
  if (url === undefined || version === undefined) {
    const fact = 'only a canonical with a version has others above and below.';
    throw misfit(parameter, text, fact, 'http://example.org/fhir/Questionnaire/1|2.0');
  }
  return { canonical, url, version };
}
