import { resourceTypes } from '../../model/resource-types.js';
import { findPaths } from '../path/find-paths.js';
import type { SearchParameter } from './search-parameter.js';

/** The resource types that a reference parameter may point to. */
export const targetsOf = ({ target = [] }: SearchParameter): readonly string[] =>
  target.length === 0 || target.includes('Resource') ? [...resourceTypes].toSorted() : target;

export const pointsTo = ({ target = [] }: SearchParameter, type: string): boolean =>
  target.length === 0 || target.includes('Resource') || target.includes(type);

/** The answer of `find` for a parameter and a type, found once: definitions do not change, searches ask each time. */
function foundOnce<T>(find: (parameter: SearchParameter, type: string) => T) {
  const answers = new WeakMap<SearchParameter, Map<string, { readonly found: T }>>();
  return (parameter: SearchParameter, type: string): T => {
    let known = answers.get(parameter);
    if (!known) answers.set(parameter, (known = new Map()));
    let answer = known.get(type);
    if (!answer) known.set(type, (answer = { found: find(parameter, type) }));
    return answer.found;
  };
}

/**
 * The one type that a parameter of `type` points to, by its definition or by its paths: `clinical-patient` names Group too, which
 * it leads to from DeviceUseStatements only.
 */
export const soleTarget = foundOnce(({ target = [], expression = '' }, type): string | undefined => {
  if (target.length === 1 && target[0] !== 'Resource') return target[0];
  const paths = expression.split('|').filter((path) => !isOfOthers(path, type));
  const [only, ...others] = new Set(paths.map(targetOfPath));
  return others.length === 0 ? only : undefined;
});

/** In doubt not: a path may leave out its type, or stand in parentheses. */
function isOfOthers(path: string, type: string): boolean {
  const [, start] = /^\s*([A-Z]\w*)\./.exec(path) ?? [];
  return start !== undefined && start !== type && resourceTypes.has(start);
}

/** Elements named `patient` refer to Patients. */
const targetOfPath = (path: string): string | undefined =>
  /\.where\(resolve\(\) is (\w+)\)\s*$/.exec(path)?.[1] ?? (/\.patient\s*$/.test(path) ? 'Patient' : undefined);

/** True if a parameter of `type` holds canonicals, which name the resource they refer to by its url. */
export const holdsCanonicals = foundOnce(({ expression = '' }, type) => {
  const paths = findPaths(expression, { type, resourceType: type });
  return paths.some((path) => path.type === 'canonical' || path.type === 'uri');
});
