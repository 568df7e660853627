import { fhirPathPatch, jsonPatch, jsonPatchType, type Patch } from '../interactions/read-patch.js';
import type { FhirOptions } from '../model/fhir-options.js';
import { parseJson } from '../model/json.js';
import { essence } from '../model/media-type.js';
import { UnsupportedMediaType } from '../model/request-errors.js';
import type { FhirCall } from './fhir-request.js';
import { formatOfType } from './formats.js';
import { readBody } from './read-body.js';

/** JSON Patch, or FHIRPath Patch as Parameters in JSON or XML, by the Content-Type (https://hl7.org/fhir/R4/http.html#patch). */
export function readPatch(call: FhirCall, options: FhirOptions): Patch {
  const { body, contentType } = call;
  if (essence(contentType) === jsonPatchType) {
    return jsonPatch(parseJson(body, options.depthLimit));
  }
  if (/^\s*\[/.test(body)) {
    throw new UnsupportedMediaType(`This is a JSON Patch. Send it with Content-Type: ${jsonPatchType}.`);
  }
  if (formatOfType(contentType) !== undefined) return fhirPathPatch(readBody(call, 'Parameters', options));
  throw new UnsupportedMediaType(
    `Send a JSON Patch with Content-Type: ${jsonPatchType}, or a FHIRPath Patch (Parameters) as application/fhir+json.`,
  );
}
