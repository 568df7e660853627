import type { SearchParameter } from '../parameters/search-parameter.js';
import { findPaths } from './find-paths.js';
import { impliedSystem } from './implied-system.js';

const known = new WeakMap<SearchParameter, readonly ((code: string) => string)[]>();

/** The code systems that a code implies which the parameter finds in elements of the type `code`, each as its base types have them. */
export function impliedSystems(parameter: SearchParameter, code: string): readonly string[] {
  let systemsOf = known.get(parameter);
  if (!systemsOf) known.set(parameter, (systemsOf = ofElements(parameter)));
  return [...new Set(systemsOf.map((systemOf) => systemOf(code)))].filter((system) => system !== '');
}

const ofElements = ({ base, expression = '' }: SearchParameter): readonly ((code: string) => string)[] =>
  base
    .flatMap((type) => findPaths(expression, { type, resourceType: type }))
    .filter(({ type }) => type === 'code')
    .map(impliedSystem);
