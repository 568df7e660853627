import { readDefinitions } from './definitions.js';
import { nearest } from './nearest.js';

/** Every resource type of R4 that can be stored (https://hl7.org/fhir/R4/resourcelist.html). */
export const resourceTypes: ReadonlySet<string> = new Set(readDefinitions('types.json') as string[]);

/** True for the name of a resource type of R4. */
export const isResourceType = (name: string): boolean => resourceTypes.has(name);

/** The type that was probably meant, such as `Patient` for `patients`; undefined when nothing is near. */
export const suggestType = (name: string): string | undefined => nearest(name, resourceTypes);
