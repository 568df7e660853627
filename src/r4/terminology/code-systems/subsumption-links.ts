import type { CodeSystem } from './code-system.js';
import type { SubsumptionLink } from './stored-concepts.js';

/**
 * Each two of the codes of which one is above the other, and one at least is of `fresh`: a list for each code of `fresh`, since a hierarchy may be large.
 * For code systems in memory, by their own codes.
 */
export function* subsumptionLinks(
  system: CodeSystem,
  codes: readonly string[],
  fresh: readonly string[],
): Generator<readonly SubsumptionLink[]> {
  const all = new Set(codes);
  const isFresh = new Set(fresh);
  for (const code of isFresh) {
    const above = among(system.above(code), all, code).map((other) => ({ code, above: other }));
    const below = among(system.below(code), all, code).filter((other) => !isFresh.has(other));
    yield [...above, ...below.map((other) => ({ code: other, above: code }))];
  }
}

const among = (found: ReadonlySet<string>, all: ReadonlySet<string>, but: string): readonly string[] =>
  [...found].filter((code) => code !== but && all.has(code));
