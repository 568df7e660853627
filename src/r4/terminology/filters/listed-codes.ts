import { TooCostly } from '../cannot-expand.js';
import type { StoredConcepts } from '../code-systems/stored-concepts.js';
import type { Selection } from '../../search/query/concept-selection.js';

/** All codes of a selection; throws {@link TooCostly} with their number where they are more than `most`. */
export async function listedCodes(
  concepts: StoredConcepts,
  selection: Selection,
  most: number,
): Promise<readonly string[]> {
  const codes = await concepts.codes(selection, most);
  if (codes) return codes;
  const count = await concepts.count({ selection });
  throw new TooCostly(`These are ${count} concepts; at most ${most} can be listed here.`);
}
