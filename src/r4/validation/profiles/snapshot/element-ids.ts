import type { ElementDefinition } from '../model/structure.js';

/** The elements with an id each, which tells slices apart: `Observation.code.coding:loinc.system` (https://hl7.org/fhir/R4/elementdefinition.html#id). */
export function withIds(elements: readonly ElementDefinition[]): readonly ElementDefinition[] {
  /** By path: the slice that the elements below belong to. */
  const slices = new Map<string, string>();
  return elements.map((element) => {
    const { path, sliceName } = element;
    for (const known of slices.keys()) if (known === path || known.startsWith(`${path}.`)) slices.delete(known);
    if (sliceName !== undefined) slices.set(path, sliceName);
    return { ...element, id: element.id ?? idOf(path, slices) };
  });
}

function idOf(path: string, slices: ReadonlyMap<string, string>): string {
  const names = path.split('.');
  return names
    .map((name, i) => {
      const slice = slices.get(names.slice(0, i + 1).join('.'));
      return slice === undefined ? name : `${name}:${slice}`;
    })
    .join('.');
}
