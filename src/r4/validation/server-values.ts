import { isObject, type JsonObject } from '../json/json.js';

/** Id and version are the server's to set (https://hl7.org/fhir/R4/http.html#create): whatever text is sent will do. */
export function withServerValues(resource: JsonObject): JsonObject {
  const { id, meta } = resource;
  if (typeof id !== 'string' && !isObject(meta)) return resource;
  return {
    ...resource,
    ...(typeof id === 'string' && { id: 'id' }),
    ...(isObject(meta) && { meta: withVersion(meta) }),
  };
}

function withVersion(meta: JsonObject): JsonObject {
  const { versionId, lastUpdated } = meta;
  return {
    ...meta,
    ...(typeof versionId === 'string' && { versionId: '1' }),
    ...(typeof lastUpdated === 'string' && { lastUpdated: '2000-01-01T00:00:00Z' }),
  };
}
