import type { SearchParameter } from '../search/search-parameter.js';
import type { ValueOf } from './filter-values.js';
import { hashedPredicate } from './hashed-predicate.js';
import type { BindParameters } from './statement.js';

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

/** The condition, implied by the composite, that an index serves: ranges have none. Undefined where nothing is implied. */
export function impliedToken(
  { url }: Pick<SearchParameter, 'url'>,
  values: readonly ValueOf<'composite'>[],
  row: string,
  parameters: BindParameters,
): string | undefined {
  const code = firstComponents.get(url);
  const tokens = values.flatMap(({ parts: [first] }) => (first?.kind === 'token' ? [first] : []));
  if (code === undefined || tokens.length < values.length) return undefined;
  return hashedPredicate(code, tokens, row, parameters);
}
