import { printable } from '../../errors/request-errors.js';
import { NotSearchable } from './not-searchable.js';

export const isOfContained = (name: string): boolean => name === '_contained' || name === '_containedType';

/**
 * Matches are resources that stand alone, which is what `_contained=false` and the default mean
 * (https://hl7.org/fhir/R4/search.html#contained). Throws {@link NotSearchable} for anything else.
 */
export function requireContainers(name: string, value: string): void {
  if (name === '_contained' && value === 'false') return;
  const fact =
    name === '_contained'
      ? `_contained=${printable(value)} is not offered; it takes false, which is the default`
      : '_containedType is not offered: it says how matches of _contained=true are shown';
  throw new NotSearchable(
    `${fact}. Resources contained in others are no matches of their own. Search the type that contains them, as in ` +
      'MedicationRequest?patient=123, or _content for the words within.',
  );
}
