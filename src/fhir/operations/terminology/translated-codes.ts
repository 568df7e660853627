import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type Match,
  translate,
  translateBack,
  type Translated,
  type TranslateOptions,
} from '../../../r4/terminology/questions/translate.js';
import type { Part } from '../../../r4/terminology/read-resource.js';

/** Maps that may be followed because others leave codes to them. */
export const mostFollowed = 10;

interface AskedOfMaps {
  readonly codes: readonly Translated[];
  readonly options: TranslateOptions;
  readonly isBack: boolean;
}

/** A match, and the canonical of the map that has it. */
export interface SourcedMatch {
  readonly match: Match;
  readonly source: string | undefined;
}

/** Matches of the codes of one call. Maps come one after another, and of each only its matches are kept. */
export class TranslatedCodes {
  private readonly found: SourcedMatch[][];
  /** Elements on which matches depend whose values were not given. */
  readonly lacking = new Set<string>();
  /** Canonicals of maps that codes are left to and that were not followed any more. */
  readonly unfollowed = new Set<string>();
  /** Canonicals that codes were left to, with the places of these codes. */
  private readonly left = new Map<string, Set<number>>();
  /** Places of codes, by the canonicals of maps that they were looked for in. */
  private readonly seen = new Map<unknown, Set<number>>();

  constructor(private readonly of: AskedOfMaps) {
    this.found = of.codes.map(() => []);
  }

  /** In the order of the codes. */
  get matches(): readonly SourcedMatch[] {
    return this.found.flat();
  }

  /** Looks for all codes in the maps, and for what they leave unmapped in others. */
  async lookIn(
    maps: AsyncIterable<Part> | Iterable<Part>,
    byCanonical: (canonical: string) => Promise<Part | undefined>,
  ): Promise<void> {
    const all = this.of.codes.map((_, place) => place);
    for await (const map of maps) {
      this.see(map['url'], all);
      await this.look(map, all);
    }
    await this.follow(byCanonical);
  }

  private async follow(byCanonical: (canonical: string) => Promise<Part | undefined>): Promise<void> {
    for (let followed = 0; this.left.size > 0;) {
      const [canonical, asked] = this.left.entries().next().value!;
      this.left.delete(canonical);
      const places = [...asked].filter((place) => this.seen.get(canonical)?.has(place) !== true);
      if (places.length === 0) continue;
      if (followed++ >= mostFollowed) {
        this.unfollowed.add(canonical);
        continue;
      }
      this.see(canonical, places);
      const map = await byCanonical(canonical);
      if (map) await this.look(map, places);
    }
  }

  private see(canonical: unknown, places: readonly number[]): void {
    const seen = this.seen.get(canonical) ?? new Set();
    for (const place of places) seen.add(place);
    this.seen.set(canonical, seen);
  }

  private async look(map: Part, places: readonly number[]): Promise<void> {
    const { codes, options, isBack } = this.of;
    const source = typeof map['url'] === 'string' ? map['url'] : undefined;
    for (const place of places) {
      await nextTurn();
      const said = (isBack ? translateBack : translate)(map, codes[place]!, options);
      this.found[place]!.push(...said.matches.map((match) => ({ match, source })));
      for (const element of said.lacking) this.lacking.add(element);
      for (const canonical of said.otherMaps)
        this.left.set(canonical, (this.left.get(canonical) ?? new Set()).add(place));
    }
  }
}
