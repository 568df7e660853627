import { IndexCollector, longestSortText } from './index-collector.js';
import type { SortKey } from './index-values.js';
import { compareTexts, type ParameterValues, widen } from './merge-index.js';
import { hashToken } from './token-hash.js';

/** An id that stands for one that entities of a kind have of their own: parameters treat all ids alike, but for their case. */
export const anyId = 'what-is-its-own';

/** Text with a gap for an id. */
type Gapped = readonly [before: string, after: string];

/** The index values of entities that differ by one id alone. */
export interface EntityTemplate {
  readonly values: readonly Gapped[];
  /** Entries of which there are hashes. */
  readonly hashed: readonly Gapped[];
  readonly compartments: readonly Gapped[];
  readonly sorted: readonly { readonly parameter: string; readonly text: Gapped }[];
}

/** Knows the entries of which it has hashes. */
export class EntryCollector extends IndexCollector {
  readonly hashed = new Set<string>();

  override addHash(entry: string): void {
    this.hashed.add(entry);
    super.addHash(entry);
  }
}

/** Of what was found of an entity with {@link anyId}. */
export function templateOf({ hashed }: EntryCollector, found: ParameterValues): EntityTemplate {
  return {
    values: found.values.map(gapped),
    hashed: [...hashed].map(gapped),
    compartments: found.compartments.map(gapped),
    sorted: found.sortTexts.map(({ parameter, low }) => ({ parameter, text: gapped(low) })),
  };
}

function gapped(text: string): Gapped {
  const at = text.indexOf(anyId);
  if (at < 0) throw new TypeError(`An entry of an entity does not hold its id: ${text}`);
  return [text.slice(0, at), text.slice(at + anyId.length)];
}

const withId = ([before, after]: Gapped, id: string): string => before + id + after;

/** Gathers the index values of entities by their templates. */
export class TemplateValues {
  private readonly values: string[] = [];
  private readonly tokens = new Set<string>();
  private readonly compartments = new Set<string>();
  private readonly sorted = new Map<string, SortKey>();

  /** `id`: of those that the form of ids allows, and each once for a template. `hash`: of entries. */
  add({ values, hashed, compartments, sorted }: EntityTemplate, id: string, hash = hashToken): void {
    for (const text of values) this.values.push(withId(text, id));
    for (const text of hashed) this.tokens.add(hash(withId(text, id)));
    for (const text of compartments) this.compartments.add(withId(text, id));
    for (const { parameter, text } of sorted) {
      const key = withId(text, id.toLowerCase()).slice(0, longestSortText);
      const known = this.sorted.get(parameter);
      const own = { parameter, low: key, high: key };
      this.sorted.set(parameter, known ? widen(known, own, compareTexts) : own);
    }
  }

  addCompartment(reference: string): void {
    this.compartments.add(reference);
  }

  finish(): ParameterValues {
    return {
      tokens: [...this.tokens],
      grams: [],
      values: this.values,
      ranges: [],
      sortNumbers: [],
      sortTexts: [...this.sorted.values()],
      compartments: [...this.compartments],
    };
  }
}
