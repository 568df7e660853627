import type { Criterion } from '../query/criterion.js';
import type { Filter, FilterValue } from '../query/filter.js';
import { hierarchies } from './hierarchies.js';
import { misfit } from '../values/invalid-search-value.js';
import { isVersioned, parseCanonicalAbove, parseCanonicalBelow } from '../values/parse-canonical-value.js';
import { parseValues } from '../values/parse-filter.js';
import { parseReferenceValue } from '../values/parse-reference-value.js';
import { targetsOf } from '../parameters/reference-targets.js';
import type { SearchParameter } from '../parameters/search-parameter.js';
import { splitEscaped } from '../values/split-escaped.js';
import type { ValueSettings } from '../values/value-settings.js';

export type HierarchyDirection = 'above' | 'below';

export const isHierarchyDirection = (modifier: string | undefined): modifier is HierarchyDirection =>
  modifier === 'above' || modifier === 'below';

/**
 * `:above` and `:below` of references: the resource and those that it is part of, or that are part of it; of canonicals:
 * their versions (https://hl7.org/fhir/R4/search.html#reference). Throws 400 for what has neither.
 */
export function parseHierarchy(
  { parameter, value }: { readonly parameter: SearchParameter; readonly value: string },
  direction: HierarchyDirection,
  settings: ValueSettings,
): Criterion {
  const named = { ...parameter, code: `${parameter.code}:${direction}` };
  const parse = direction === 'above' ? parseCanonicalAbove : parseCanonicalBelow;
  const [first, ...others] = splitEscaped(value, ',').map((text): Criterion => {
    if (isVersioned(text)) return filterOf({ parameter, values: parseValues(named, text, settings, parse) });
    const [target] = parseValues(named, text, settings, parseReferenceValue);
    return { kind: 'hierarchy', parameter: parameter.code, direction, ...placeOf(named, text, target) };
  });
  return others.length === 0 ? first! : { kind: 'any', of: [first!, ...others] };
}

const filterOf = (filter: Filter): Criterion => ({ kind: 'filter', filter });

/** The resource that the hierarchy is looked at from, and the parameter that makes it. */
function placeOf(parameter: SearchParameter, text: string, value: FilterValue | undefined) {
  const [type, id] = value?.kind === 'reference' ? resourceOf(parameter, text, value) : [];
  const by = type === undefined ? undefined : hierarchies.get(type);
  if (type === undefined || id === undefined || by === undefined) {
    const known = [...hierarchies.keys()].join(', ');
    const fact = `only resources that are part of others (${known}), and canonicals with a version, have others above and below.`;
    throw misfit(parameter, text, fact, 'Location/123');
  }
  return { type, id, by };
}

function resourceOf(
  parameter: SearchParameter,
  text: string,
  { target, anyType }: Extract<FilterValue, { readonly kind: 'reference' }>,
): readonly [string, string] | readonly [] {
  if (!anyType) return /^[A-Za-z]+\/[^/]+$/.test(target) ? (target.split('/') as [string, string]) : [];
  const types = targetsOf(parameter).filter((type) => hierarchies.has(type));
  if (types.length > 1) {
    throw misfit(parameter, text, `it can be an id of ${types.join(', ')}; name the type.`, `${types[0]}/${target}`);
  }
  return types[0] === undefined ? [] : [types[0], target];
}
