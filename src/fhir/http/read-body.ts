import { asResource } from '../interactions/parse-resource.js';
import type { FhirOptions } from '../model/fhir-options.js';
import { isObject, type Json, type JsonObject, parseJson } from '../model/json.js';
import { readXml } from '../xml/read-xml.js';
import type { FhirCall } from './fhir-request.js';
import { formatOfType } from './formats.js';

/** Reads the body, JSON or XML by its Content-Type, as a resource of `type`; throws 400 with the place and the reason. */
export function readBody(call: FhirCall, type: string, options: FhirOptions): JsonObject {
  return asResource(readDocument(call, options), type);
}

/** Reads what was posted to an operation: Parameters, or a resource of the addressed type where that is taken, too. */
export function readInput(call: FhirCall, takesResource: boolean, options: FhirOptions): JsonObject {
  const document = readDocument(call, options);
  const isBare = takesResource && isObject(document) && document['resourceType'] !== 'Parameters';
  return asResource(document, isBare ? call.type : 'Parameters');
}

const readDocument = ({ body, contentType }: FhirCall, { depthLimit }: FhirOptions): Json =>
  formatOfType(contentType) === 'xml' ? readXml(body, depthLimit) : parseJson(body, depthLimit);
