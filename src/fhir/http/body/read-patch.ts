import { fhirPathPatch, jsonPatch, jsonPatchType, type Patch } from '../../interactions/read-patch.js';
import { essence } from '../../../r4/rest/media-type.js';
import { UnsupportedMediaType } from '../../../r4/errors/request-errors.js';
import type { FhirCall } from '../fhir-request.js';
import { formatOfType } from '../answer/formats.js';
import type { BodyReader } from './read-body.js';

/** JSON Patch, or FHIRPath Patch as Parameters in JSON or XML, by the Content-Type (https://hl7.org/fhir/R4/http.html#patch). */
export async function readPatch(call: FhirCall, bodies: BodyReader): Promise<Patch> {
  const { body, large, contentType } = call;
  if (essence(contentType) === jsonPatchType) {
    return jsonPatch(await bodies.json(call));
  }
  if (/^\s*\[/.test(large?.text(0, 100) ?? body)) {
    throw new UnsupportedMediaType(`This is a JSON Patch. Send it with Content-Type: ${jsonPatchType}.`);
  }
  if (formatOfType(contentType) !== undefined) return fhirPathPatch(await bodies.resource(call, 'Parameters'));
  throw new UnsupportedMediaType(
    `Send a JSON Patch with Content-Type: ${jsonPatchType}, or a FHIRPath Patch (Parameters) as application/fhir+json.`,
  );
}
