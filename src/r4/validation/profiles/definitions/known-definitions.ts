import type { JsonObject } from '../../../json/json.js';
import type { DefinitionSource } from '../../../model/definition-source.js';
import { builtInDefinition, type DefinitionKind } from './built-in-definitions.js';

const mostKnown = 4000;
const mostUnknown = 1000;
/** Rounds of asking: a profile, its base, their value sets, those these import, and so on. */
const mostRounds = 100;

/**
 * Definitions at hand for work that does not wait: what is not here is noted, {@link settle} fetches it and does the work once more. So the
 * closure of a profile is read when it is first used, and never before.
 */
export class KnownDefinitions {
  private readonly known = new Map<string, JsonObject>();
  private readonly unknown = new Set<string>();
  private readonly wanted = new Map<string, readonly [DefinitionKind, string]>();
  private readonly derived = new Map<string, unknown>();
  private misses = 0;

  private revision: string | undefined;

  constructor(private readonly source: DefinitionSource) {}

  /** Undefined: not known, or to be fetched before the next round. */
  get(kind: DefinitionKind, canonical: string): JsonObject | undefined {
    const key = `${kind} ${canonical}`;
    const found = this.known.get(key);
    if (found === undefined && !this.unknown.has(key)) {
      this.misses++;
      this.wanted.set(key, [kind, canonical]);
    }
    return found;
  }

  /** What is made of definitions, once; not kept while some of them are still to be fetched. */
  derive<T>(key: string, make: () => T): T {
    if (this.derived.has(key)) return this.derived.get(key) as T;
    const before = this.misses;
    const made = make();
    if (this.misses === before) this.derived.set(key, made);
    return made;
  }

  /** Does the work until nothing is missing. It must not wait, and give the same for the same definitions. */
  async settle<T>(work: () => T): Promise<T> {
    for (let round = 0; ; round++) {
      if (this.revision !== this.source.revision) this.forget();
      this.wanted.clear();
      const result = work();
      if (this.wanted.size === 0 || round >= mostRounds) return result;
      await this.fetch();
    }
  }

  private forget(): void {
    this.revision = this.source.revision;
    this.known.clear();
    this.unknown.clear();
    this.derived.clear();
  }

  private async fetch(): Promise<void> {
    const wanted = [...this.wanted.values()];
    if (this.known.size + wanted.length > mostKnown) this.forget();
    if (this.unknown.size + wanted.length > mostUnknown) this.unknown.clear();
    for (const kind of new Set(wanted.map(([one]) => one))) {
      const canonicals = wanted.filter(([one]) => one === kind).map(([, canonical]) => canonical);
      const found = await this.source.find(kind, canonicals);
      for (const [i, canonical] of canonicals.entries()) {
        this.keep(`${kind} ${canonical}`, found[i]?.resource ?? builtInDefinition(kind, canonical));
      }
    }
  }

  private keep(key: string, definition: JsonObject | undefined): void {
    if (definition) this.known.set(key, definition);
    else this.unknown.add(key);
  }
}
