import { isDeepStrictEqual } from 'node:util';

type Members = Readonly<Record<string, unknown>>;

/** A line for each member that differs; lists by what came and what went. */
export function describeDifference(before: Members, after: Members): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return names.flatMap((name) => {
    const [left, right] = [before[name], after[name]];
    if (isDeepStrictEqual(left, right)) return [];
    return Array.isArray(left) && Array.isArray(right)
      ? lists(name, left, right)
      : [`${name}: ${show(left)} -> ${show(right)}`];
  });
}

function lists(name: string, before: readonly unknown[], after: readonly unknown[]): string {
  const gone = before.filter((item) => !after.some((other) => isDeepStrictEqual(other, item)));
  const come = after.filter((item) => !before.some((other) => isDeepStrictEqual(other, item)));
  const parts = [...gone.map((item) => `- ${show(item)}`), ...come.map((item) => `+ ${show(item)}`)];
  return `${name}: ${parts.length === 0 ? 'in another order' : parts.join('  ')}`;
}

const show = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
