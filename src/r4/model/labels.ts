import { listOf } from '../json/items.js';
import { isObject, type Json } from '../json/json.js';
import { grouped } from './grouped.js';

/** Elements of `meta` that survive an update that omits them; profiles do not. */
export const labelElements = ['security', 'tag'] as const;

/** The codings of `meta.tag` or `meta.security`. */
export function labelsOf(meta: Json | undefined, element: string): readonly Json[] {
  return listOf(isObject(meta) ? meta[element] : undefined);
}

/** By system and code. */
export const isSameLabel = (a: Json, b: Json): boolean =>
  isObject(a) && isObject(b) && a['system'] === b['system'] && a['code'] === b['code'];

/** The labels of both, as given where they are given. Each stays where it was: the list is a set, and the order in which it is sent changes nothing. */
export function uniteLabels(previous: readonly Json[], given: readonly Json[]): readonly Json[] {
  const byCode = [...grouped(previous.filter(isObject), codeOf), ...grouped(given, codeOf)];
  return [...new Map(byCode).values()].flat();
}

const codeOf = (label: Json): string => JSON.stringify(isObject(label) ? [label['system'], label['code']] : label);

/** The items that are there, then those of `added` that are not. */
export const addLabels = (there: readonly Json[], added: readonly Json[]): readonly Json[] => [
  ...there,
  ...added.filter((item) => !there.some((other) => other === item || isSameLabel(other, item))),
];

export const removeLabels = (there: readonly Json[], removed: readonly Json[]): readonly Json[] =>
  there.filter((item) => !removed.some((other) => other === item || isSameLabel(other, item)));
