import { type Part, partsOf, textOf } from './read-resource.js';

/** Why a definition should be used with care. */
export type PublicationStatus = 'withdrawn' | 'deprecated' | 'draft' | 'experimental';

const standardsStatus = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-standards-status';

/** Standards status that an element has by extension (http://hl7.org/fhir/StructureDefinition/structuredefinition-standards-status). */
export const standardsStatusOf = ({ extension }: Part): string | undefined =>
  textOf(partsOf(extension).find(({ url }) => url === standardsStatus)?.['valueCode']);

/** Undefined: nothing speaks against it. */
export function publicationStatusOf(resource: Part): PublicationStatus | undefined {
  const standards = standardsStatusOf(resource);
  if (standards === 'withdrawn' || standards === 'deprecated') return standards;
  if (resource['status'] === 'retired') return 'deprecated';
  // Most value sets of R4 itself are drafts.
  if (resource['status'] === 'draft') return resource['resourceType'] === 'ValueSet' ? undefined : 'draft';
  return resource['experimental'] === true ? 'experimental' : undefined;
}
