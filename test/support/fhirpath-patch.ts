import { FhirError } from '../../src/r4/errors/fhir-error.js';
import { type Json, type JsonObject, parseJson, writeJson } from '../../src/r4/json/json.js';
import { applyFhirPathPatch } from '../../src/r4/patch/fhirpath/fhirpath-patch.js';

/** One operation, the short way: a number is a `valueInteger`, a string a `valueString`, an object the part itself. */
export type Parts = Readonly<Record<string, Json>>;

export const parameters = (...operations: readonly Parts[]): JsonObject => ({
  resourceType: 'Parameters',
  parameter: operations.map((parts) => ({ name: 'operation', part: Object.entries(parts).map(partOf) })),
});

function partOf([name, content]: [string, Json]): JsonObject {
  if (typeof content === 'number') return { name, valueInteger: content };
  if (typeof content === 'string')
    return name === 'type' ? { name, valueCode: content } : { name, valueString: content };
  return { name, ...(content as JsonObject) };
}

/** The text of a resource after some operations. */
export function patch(resource: string, ...operations: readonly Parts[]): string {
  const given = parseJson(resource) as JsonObject;
  const patched = writeJson(applyFhirPathPatch(given, parameters(...operations)));
  if (writeJson(given) !== resource) throw new Error('The given resource was changed.');
  return patched;
}

/** The error a patch is refused with. */
export function refusal(resource: string, given: Json): FhirError & { readonly operation?: number } {
  try {
    applyFhirPathPatch(parseJson(resource) as JsonObject, given as JsonObject);
  } catch (error) {
    if (error instanceof FhirError) return error;
    throw error;
  }
  throw new Error('The patch was applied.');
}

export const refused = (resource: string, ...operations: readonly Parts[]) =>
  refusal(resource, parameters(...operations));

export const aPatient = (elements: string): string => `{"resourceType":"Patient"${elements && ','}${elements}}`;

/** A Patient with two names. */
export const names = '"name":[{"use":"official","given":["Anna","Maria"]},{"use":"usual","given":["Anni"]}]';
