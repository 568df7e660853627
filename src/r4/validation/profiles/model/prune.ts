import { childrenOf, type ElementNode } from './element-node.js';

/** The root of the definition of a type of R4. */
export type TypeRoot = (code: string) => ElementNode | undefined;

/** Takes out elements of which a profile only repeats what the type says: the base rules have looked at them, and most of a snapshot is that. */
export function prune(node: ElementNode, base: ElementNode | undefined, rootOf: TypeRoot): void {
  const own = base && baseChildren(base, rootOf);
  for (const [name, child] of node.children) {
    const same = own?.get(name);
    prune(child, same, rootOf);
    if (same && isRepeated(child, same)) node.children.delete(name);
  }
  for (const slice of node.slices) prune(slice, base, rootOf);
}

function baseChildren(base: ElementNode, rootOf: TypeRoot): ReadonlyMap<string, ElementNode> | undefined {
  const own = childrenOf(base);
  const [type, ...others] = base.types;
  return own.size > 0 || !type || others.length > 0 ? own : rootOf(type.code)?.children;
}

function isRepeated(node: ElementNode, base: ElementNode): boolean {
  if (node.children.size + node.slices.length + node.invariants.length > 0) return false;
  return said(node) === said(base) && !isAsked(node);
}

/** The base rules know required bindings alone. */
const isAsked = ({ binding }: ElementNode): boolean =>
  binding !== undefined && (binding.strength === 'extensible' || binding.strength === 'preferred');

const said = ({ min, max, types, fixed, pattern, minValue, maxValue, maxLength, binding }: ElementNode): string =>
  JSON.stringify([min, max, types, fixed, pattern, minValue, maxValue, maxLength, binding]);
