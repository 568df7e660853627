import { choiceProperty, elementsOf } from './elements.js';

const cache = new Map<string, ReadonlyMap<string, string>>();

/** Returns the element for each of its names: `value`, `value[x]` and `valueQuantity` are all the element `value`. */
export function elementNames(type: string): ReadonlyMap<string, string> {
  let names = cache.get(type);
  if (names) return names;
  const collected = new Map<string, string>();
  for (const [element, { types, choice }] of elementsOf(type)) {
    collected.set(element, element);
    if (!choice) continue;
    collected.set(`${element}[x]`, element);
    for (const each of types) collected.set(choiceProperty(element, each), element);
  }
  names = collected;
  cache.set(type, names);
  return names;
}
