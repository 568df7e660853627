import { unitSeparator } from '../../../r4/search/index/index-values.js';
import type { MatchEntries } from '../../storage/searching/search-overview.js';

const coded = `code${unitSeparator}`;

/**
 * Groups matches that share a code, directly or through others, in the order of their first ones: a local code beside one of LOINC joins both.
 * An observation without a code is grouped by its text. Yields after each match, which may have thousands of codes.
 */
export function* groupByCode(matches: readonly MatchEntries[]): Generator<void, readonly (readonly MatchEntries[])[]> {
  const groups = new Map<string, MatchEntries[]>();
  const leaders = new Leaders();
  const keys = matches.map(({ links }) => keysOf(links));
  for (const [first = '', ...others] of keys) {
    yield;
    for (const other of others) leaders.join(first, other);
  }
  for (const [i, match] of matches.entries()) {
    const leader = leaders.of(keys[i]![0] ?? '');
    const group = groups.get(leader);
    if (group) group.push(match);
    else groups.set(leader, [match]);
  }
  return [...groups.values()];
}

function keysOf(links: readonly string[]): readonly string[] {
  const codes = links.filter((entry) => entry.startsWith(coded));
  return codes.length > 0 ? codes : links;
}

/** Disjoint sets of keys, each with one that stands for all. */
class Leaders {
  private readonly above = new Map<string, string>();

  of(key: string): string {
    let leader = key;
    for (let next = this.above.get(leader); next !== undefined; next = this.above.get(leader)) leader = next;
    // The way is shorter the next time.
    for (let at = key; at !== leader;) {
      const next = this.above.get(at)!;
      this.above.set(at, leader);
      at = next;
    }
    return leader;
  }

  join(one: string, other: string): void {
    const [first, second] = [this.of(one), this.of(other)];
    if (first !== second) this.above.set(second, first);
  }
}
