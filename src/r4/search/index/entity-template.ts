import { IndexCollector } from './index-collector.js';
import type { ParameterValues } from './merge-index.js';

/** An id that stands for one that entities of a kind have of their own: parameters treat all ids alike, but for their case. */
export const anyId = 'what-is-its-own';

/** Text with a gap for an id. */
export type Gapped = readonly [before: string, after: string];

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
