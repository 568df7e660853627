import { listOf } from '../json/items.js';
import { isObject, type Json } from '../json/json.js';

/** Elements of `meta` that survive an update that omits them; profiles do not. */
export const labelElements = ['security', 'tag'] as const;

/** The codings of `meta.tag` or `meta.security`. */
export function labelsOf(meta: Json | undefined, element: string): readonly Json[] {
  return listOf(isObject(meta) ? meta[element] : undefined);
}

/** By system and code. */
export const isSameLabel = (a: Json, b: Json): boolean =>
  isObject(a) && isObject(b) && a['system'] === b['system'] && a['code'] === b['code'];

/** The labels of `previous` that `given` has not, then those given. */
export const uniteLabels = (previous: readonly Json[], given: readonly Json[]): readonly Json[] => [
  ...previous.filter((old) => isObject(old) && !given.some((label) => isSameLabel(old, label))),
  ...given,
];

/** The items that are there, then those of `added` that are not. */
export const addLabels = (there: readonly Json[], added: readonly Json[]): readonly Json[] => [
  ...there,
  ...added.filter((item) => !there.some((other) => other === item || isSameLabel(other, item))),
];

export const removeLabels = (there: readonly Json[], removed: readonly Json[]): readonly Json[] =>
  there.filter((item) => !removed.some((other) => other === item || isSameLabel(other, item)));
