import { resourceTypes } from '../../model/resource-types.js';
import { findPaths } from '../path/find-paths.js';
import type { SearchParameter } from './search-parameter.js';

/** The resource types that a reference parameter may point to. */
export const targetsOf = ({ target = [] }: SearchParameter): readonly string[] =>
  target.length === 0 || target.includes('Resource') ? [...resourceTypes].toSorted() : target;

export const pointsTo = ({ target = [] }: SearchParameter, type: string): boolean =>
  target.length === 0 || target.includes('Resource') || target.includes(type);

/**
 * The one type that a parameter of `type` points to, by its definition or by its paths: `clinical-patient` names Group too, which
 * it leads to from DeviceUseStatements only.
 */
export function soleTarget({ target = [], expression = '' }: SearchParameter, type: string): string | undefined {
  if (target.length === 1 && target[0] !== 'Resource') return target[0];
  const paths = expression.split('|').filter((path) => !isOfOthers(path, type));
  const [only, ...others] = new Set(paths.map(targetOfPath));
  return others.length === 0 ? only : undefined;
}

/** In doubt not: a path may leave out its type, or stand in parentheses. */
function isOfOthers(path: string, type: string): boolean {
  const [, start] = /^\s*([A-Z]\w*)\./.exec(path) ?? [];
  return start !== undefined && start !== type && resourceTypes.has(start);
}

/** Elements named `patient` refer to Patients. */
const targetOfPath = (path: string): string | undefined =>
  /\.where\(resolve\(\) is (\w+)\)\s*$/.exec(path)?.[1] ?? (/\.patient\s*$/.test(path) ? 'Patient' : undefined);

const canonicals = new WeakMap<SearchParameter, Map<string, boolean>>();

/** True if a parameter of `type` holds canonicals, which name the resource they refer to by its url. */
export function holdsCanonicals(parameter: SearchParameter, type: string): boolean {
  let known = canonicals.get(parameter);
  if (!known) canonicals.set(parameter, (known = new Map()));
  let found = known.get(type);
  if (found === undefined) {
    const paths = findPaths(parameter.expression ?? '', { type, resourceType: type });
    known.set(type, (found = paths.some((path) => path.type === 'canonical' || path.type === 'uri')));
  }
  return found;
}
