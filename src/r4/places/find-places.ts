import { type TextPlace, textPlaces } from '../errors/text-place.js';
import { findInJson } from './find-json.js';
import { findInXml } from './find-xml.js';
import { WantedPlace } from './wanted-place.js';

export type TextForm = 'json' | 'xml';

/** A text, and elements in it: simple FHIRPath without the root, such as `.name[0].given`. */
export interface PlacesTask {
  readonly text: string;
  readonly form: TextForm;
  readonly paths: readonly string[];
}

/** Place of an element: in JSON that of its value, in XML that of its start tag. */
export interface FoundPlace extends TextPlace {
  readonly offset: number;
}

/**
 * Place of each element in a text that was read before; of the nearest element around it that is there, when it is not. `value` finds
 * `valueQuantity`. One pass over the text finds all of them.
 */
export function findPlaces({ text, form, paths }: PlacesTask): readonly FoundPlace[] {
  const root = new WantedPlace();
  const ways = paths.map((path) => root.add(path));
  if (form === 'json') findInJson(text, root);
  else findInXml(text, root);
  const offsets = ways.map((way) => way.findLast(({ offset }) => offset >= 0)?.offset ?? 0);
  return textPlaces(text, offsets).map((place, i) => ({ offset: offsets[i]!, ...place }));
}
