import { readDefinitions } from './definitions.js';

/**
 * https://hl7.org/fhir/R4/compartmentdefinition.html, as published: by the type that compartments are of, the parameters
 * by which resources of other types are in one. `{def}` stands for the resource itself.
 */
export const publishedCompartments = readDefinitions('compartments.json') as Readonly<
  Record<string, Readonly<Record<string, readonly string[]>>>
>;

/** Types that have compartments: Patient, Encounter, Practitioner, RelatedPerson and Device. */
export const compartmentOwners: readonly string[] = Object.keys(publishedCompartments).toSorted();

/** Types of which resources can be in a compartment of an `owner`, itself included. */
export const compartmentMembers = (owner: string): readonly string[] =>
  [...new Set([owner, ...Object.keys(publishedCompartments[owner] ?? {})])].toSorted();

/** Codes of the search parameters whose references to the owner put a resource of `member` into its compartment. */
export const compartmentParameters = (owner: string, member: string): readonly string[] =>
  (publishedCompartments[owner]?.[member] ?? []).filter((code) => code !== '{def}');
