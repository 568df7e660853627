import type { SearchParameter } from '../../../../r4/search/parameters/search-parameter.js';
import type { TokenValue, ValueOf } from './filter-values.js';

const r4 = 'http://hl7.org/fhir/SearchParameter/Observation-';

/**
 * Composites that have no hash of their own, since their second component is no exact value, and whose first is a token
 * that the resource is found by alone: by which parameter.
 */
const firstComponents: ReadonlyMap<string, string> = new Map([
  [`${r4}code-value-date`, 'code'],
  [`${r4}code-value-quantity`, 'code'],
  [`${r4}code-value-string`, 'code'],
  [`${r4}combo-code-value-quantity`, 'combo-code'],
  [`${r4}component-code-value-quantity`, 'component-code'],
]);

/** Tokens of a parameter that composites imply. */
export interface ImpliedTokens {
  readonly parameter: { readonly code: string };
  readonly values: readonly TokenValue[];
}

/** The tokens of which a row that matches composites has one; undefined where nothing is implied. */
export function impliedTokens(
  { url }: Pick<SearchParameter, 'url'>,
  values: readonly ValueOf<'composite'>[],
): ImpliedTokens | undefined {
  const code = firstComponents.get(url);
  const tokens = values.flatMap(({ parts: [first] }) => (first?.kind === 'token' ? [first] : []));
  return code === undefined || tokens.length === 0 || tokens.length < values.length
    ? undefined
    : { parameter: { code }, values: tokens };
}
