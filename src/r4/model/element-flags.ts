import { readDefinitions } from './definitions.js';
import { supertypes } from './elements.js';

/** In summaries (ElementDefinition.isSummary), min ≥ 1, or changing the meaning of the rest (ElementDefinition.isModifier). */
export type ElementFlag = 'summary' | 'mandatory' | 'modifier';

type FlagTable = Readonly<Record<string, Partial<Record<ElementFlag, readonly string[]>>>>;

let table: FlagTable | undefined;

/** The elements of a type, inherited ones included, that carry the flag; by their FHIRPath names. */
export function flagged(type: string, flag: ElementFlag): readonly string[] {
  table ??= readDefinitions('element-flags.json') as FlagTable;
  const found: string[] = [];
  for (const name of supertypes(type)) found.push(...(table[name]?.[flag] ?? []));
  return found;
}
