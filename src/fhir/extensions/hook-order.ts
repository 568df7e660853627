import { StartRefused } from '../../config/checks/start-refused.js';
import { builtInName } from './extension-calls.js';
import type { Hook } from './hook.js';

/** A hook and the feature that it belongs to. */
export interface NamedHook {
  /** Name of the feature. */
  readonly extension: string;
  readonly hook: Hook;
}

/** Unique name of a hook: `@acme/cardio/needs-family`. */
export const fullName = ({ extension, hook }: NamedHook): string => `${extension}/${hook.name}`;

/**
 * Order of hooks: as their names in `before` and `after` say; otherwise what is built in first, then by full name, so that
 * each replica has the same order. Throws {@link StartRefused} for a circle, with the hooks in it.
 */
export function inOrder(hooks: readonly NamedHook[]): readonly NamedHook[] {
  const waiting = new Map(hooks.toSorted(byName).map((one) => [one, predecessorsOf(one, hooks)]));
  const ordered: NamedHook[] = [];
  while (waiting.size > 0) {
    const next = [...waiting.keys()].find((one) => waiting.get(one)!.every((earlier) => !waiting.has(earlier)));
    if (!next) throw circle(waiting);
    waiting.delete(next);
    ordered.push(next);
  }
  return ordered;
}

function predecessorsOf(one: NamedHook, hooks: readonly NamedHook[]): readonly NamedHook[] {
  return hooks.filter((other) => other !== one && (names(one, 'after', other) || names(other, 'before', one)));
}

/** True if `one` names the other in the list, by one of its three names. */
function names(one: NamedHook, list: 'before' | 'after', other: NamedHook): boolean {
  const own = one.extension === other.extension ? [other.hook.name] : [other.extension];
  return [fullName(other), ...own].some((name) => one.hook[list]?.includes(name));
}

function circle(waiting: ReadonlyMap<NamedHook, readonly NamedHook[]>): StartRefused {
  const path: NamedHook[] = [];
  let [at] = waiting.keys();
  while (!path.includes(at!)) {
    path.push(at!);
    at = waiting.get(at!)!.find((earlier) => waiting.has(earlier));
  }
  const round = [...path.slice(path.indexOf(at!)), at!].toReversed().map(fullName);
  return new StartRefused(
    `The hooks ${round.join(', ')} want to run before each other. Take one of the names out of "before" or "after".`,
  );
}

function byName(one: NamedHook, other: NamedHook): number {
  const builtIn = Number(other.extension === builtInName) - Number(one.extension === builtInName);
  const [left, right] = [fullName(one), fullName(other)];
  return builtIn || (left < right ? -1 : 1);
}
