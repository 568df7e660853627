import { listedCodes } from '../filters/listed-codes.js';
import { CodeSet } from './code-set.js';

/**
 * Lists selections of up to `most` codes; longer ones of loaded code systems stay. Throws `TooCostly` with the number for longer ones of
 * other servers.
 */
export async function listShortSelections(from: CodeSet, most: number): Promise<CodeSet> {
  if (from.selections.size === 0) return from;
  const codes = new CodeSet();
  for (const system of from.wholeSystems) codes.wholeSystems.add(system);
  for (const [system, some] of from.codes) codes.add(system, some);
  for (const [system, selected] of from.selections) {
    const { concepts, selection } = selected;
    const listed =
      concepts.load === undefined
        ? await listedCodes(concepts, selection, most)
        : await concepts.codes(selection, most);
    if (listed) codes.add(system, listed);
    else codes.selections.set(system, selected);
  }
  return codes;
}
