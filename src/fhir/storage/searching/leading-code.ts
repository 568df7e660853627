import type { Filter } from '../../../r4/search/query/filter.js';
import { furtherEntry, leadingEntry, leadingValues } from '../../../r4/search/index/leading-values.js';
import { confirmed } from '../predicates/filters/confirmed.js';
import type { CriteriaScope } from '../predicates/criteria-scope.js';
import { pick, type TokenValue } from '../predicates/filters/filter-values.js';
import { holdsValue } from '../predicates/filters/hashed-predicate.js';
import { storedHashes } from '../indexing/stored-hashes.js';
import type { BindParameters } from '../session/statement.js';

/** Each of so many codes is looked for in the index of leading codes. */
const mostCodes = 50;

/** Codes of the parameter whose first code leads the hashes of a row of the type. */
export interface LeadingCodes {
  readonly code: string;
  readonly values: readonly TokenValue[];
  /** Hashes that lead, and those of codes that stand after another. */
  readonly first: readonly string[];
  readonly further: readonly string[];
}

/** Undefined for a filter on anything else, or on a system alone. */
export function leadingCodes(
  type: string,
  { parameter, values }: Pick<Filter, 'values'> & { readonly parameter: Pick<Filter['parameter'], 'code'> },
): LeadingCodes | undefined {
  const { code } = parameter;
  if (leadingValues.get(type)?.code !== code) return undefined;
  const tokens = pick(values, 'token').filter((value) => value.code !== undefined && value.code !== '');
  if (tokens.length === 0 || tokens.length < values.length || values.length > mostCodes) return undefined;
  const codes = [...new Set(tokens.map((value) => value.code ?? ''))];
  return {
    code,
    values: tokens,
    first: storedHashes(codes.map((one) => leadingEntry(code, one))),
    further: storedHashes(codes.map((one) => furtherEntry(code, one))),
  };
}

/** The condition that the first code is one of them. One alone is compared as it is: the planner knows how frequent it is. */
export function isFirst({ first }: LeadingCodes, row: string, parameters: BindParameters): string {
  const [only = '', ...others] = first;
  if (others.length === 0) return `(${row}.tok)[1] = ${parameters.add(only, 'bigint')}`;
  return `(${row}.tok)[1] = ANY (${parameters.add(first, 'bigint[]')})`;
}

/**
 * The condition that `row` has one of the codes, by the index of leading codes. Of an element of an array the planner
 * knows little: it would collect all rows of a code to show the first of them. Of a code that stands after another it
 * knows no more, so that part is taken to be rare. Undefined where few rows match anyway.
 */
export function leadingPredicate(filter: Filter, row: string, scope: CriteriaScope): string | undefined {
  const parts = leadingParts(filter, row, scope);
  return parts && `(${parts.map((part) => `(${part})`).join(' OR ')})`;
}

/** The conditions of which one must hold, an index for each. */
export function leadingParts(filter: Filter, row: string, scope: CriteriaScope): readonly string[] | undefined {
  const { leadingCodesOf: type, parameters } = scope;
  const codes = type === undefined ? undefined : leadingCodes(type, filter);
  if (!codes) return undefined;
  const holds = holdsValue(codes.code, codes.values, row, parameters);
  const further = `${row}.tok && ${parameters.add(codes.further, 'bigint[]')} AND ${confirmed(holds)}`;
  return [`${isFirst(codes, row, parameters)} AND ${holds}`, further];
}
