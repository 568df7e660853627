import { parseReference } from '../r4/model/reference.js';
import type { Principal } from './principal.js';
import { cleaned } from './refusals/token-refusal.js';

/** Types a person can be (SMART App Launch 2.2, "fhirUser"). */
const persons = new Set(['Patient', 'Practitioner', 'PractitionerRole', 'RelatedPerson', 'Person']);

/** Returns the user that a URL names. A user of another host has no rights here. */
export function fhirUserOf(url: string | undefined, base: string): Pick<Principal, 'fhirUser' | 'unusableFhirUser'> {
  if (url === undefined) return {};
  const reference = parseReference(url, base);
  if (!reference) return { unusableFhirUser: `${cleaned(url)} is no resource of this server (${base})` };
  const { type, id } = reference;
  if (persons.has(type)) return { fhirUser: { type, id } };
  return { unusableFhirUser: `${cleaned(url)} is no person, but a resource of type ${cleaned(type)}` };
}
