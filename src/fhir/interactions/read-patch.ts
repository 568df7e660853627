import { isObject, type Json, type JsonObject, maximumDepth } from '../../r4/json/json.js';
import { essence } from '../../r4/rest/media-type.js';
import { readShortJson } from '../../r4/json/read-json.js';
import { NotThisResource, printable, UnsupportedMediaType } from '../../r4/errors/request-errors.js';
import { applyFhirPathPatch } from '../../r4/patch/fhirpath/fhirpath-patch.js';
import { applyJsonPatch } from '../../r4/patch/json-patch.js';
import { lookingFhirPath, lookingJson } from '../../r4/patch/looking-operation.js';

export interface Patch {
  /** Makes the next content of the current one; throws 400 or 422 with the operation at fault. */
  readonly apply: (resource: JsonObject) => JsonObject;
  /** The first operation whose outcome would tell what is stored, in words; throws 400 where the patch itself is wrong. */
  readonly looking: () => string | undefined;
}

export const jsonPatchType = 'application/json-patch+json';

export const jsonPatch = (document: Json): Patch => ({
  apply: (resource) => applyJsonPatch(resource, document),
  looking: () => lookingJson(document),
});

/** https://hl7.org/fhir/R4/fhirpatch.html */
export const fhirPathPatch = (parameters: JsonObject): Patch => ({
  apply: (resource) => applyFhirPathPatch(resource, parameters),
  looking: () => lookingFhirPath(parameters),
});

/**
 * Returns the resource with the patch of a bundle entry: Parameters, or a Binary that holds a JSON Patch
 * (https://hl7.org/fhir/R4/http.html#patch, "PATCH operations may be performed as part of Batch or Transaction").
 */
export function patchResource(resource: Json | undefined): JsonObject {
  const type = isObject(resource) ? resource['resourceType'] : undefined;
  if (type === 'Parameters' || type === 'Binary') return resource as JsonObject;
  throw new NotThisResource(
    `The resource of a PATCH entry is Parameters (FHIRPath Patch) or a Binary with contentType ${jsonPatchType}.`,
  );
}

/** The patch that {@link patchResource} carries. */
export const patchOfEntry = (resource: JsonObject): Patch =>
  resource['resourceType'] === 'Binary' ? patchOfBinary(resource) : fhirPathPatch(resource);

/** A patch inside a bundle is read in one go. */
const longestData = 262_144;
const limits = { depthLimit: maximumDepth, valuesLimit: 20_000 };

function patchOfBinary({ contentType, data }: JsonObject): Patch {
  const sent = typeof contentType === 'string' ? contentType : '';
  if (essence(sent) !== jsonPatchType) {
    throw new UnsupportedMediaType(
      `The Binary of a PATCH entry has the contentType "${printable(sent)}"; ${jsonPatchType} is read here.`,
    );
  }
  // White space at the end is not left to the pattern, which would try each length of it.
  if (typeof data !== 'string' || !/^[A-Za-z0-9+/\s]*={0,2}$/.test(data.trimEnd())) {
    throw new NotThisResource('The Binary of a PATCH entry needs the patch as base64 in data.', 'Binary.data');
  }
  if (data.length > longestData) {
    throw new NotThisResource(
      `The patch of a PATCH entry may have ${longestData} characters of base64; send this one by itself.`,
      'Binary.data',
    );
  }
  return jsonPatch(readShortJson(Buffer.from(data, 'base64').toString('utf8'), limits));
}
