import { isObject, type Json, type JsonObject } from '../../r4/json/json.js';
import { NotThisResource } from '../../r4/errors/request-errors.js';

/** A document as a resource of `type`; throws 400 with the place and the reason. */
export function asResource(document: Json | undefined, type: string): JsonObject {
  if (!isObject(document)) throw new NotThisResource(`A resource is a JSON object; this is ${describe(document)}.`);
  const named = document['resourceType'];
  if (typeof named !== 'string') {
    throw new NotThisResource(`The body has no resourceType; ${type} is expected.`, 'resourceType');
  }
  if (named !== type) {
    throw new NotThisResource(`The body is of type "${named}"; the address is for ${type}.`, 'resourceType');
  }
  if (document['meta'] !== undefined && !isObject(document['meta'])) {
    throw new NotThisResource(`${type}.meta must be an object.`, `${type}.meta`);
  }
  return document;
}

/** The id in an update's body must be there and be that of the address (https://hl7.org/fhir/R4/http.html#update). */
export function requireSameId(resource: JsonObject, type: string, id: string): void {
  const given = resource['id'];
  if (given === undefined) throw new NotThisResource(`The body needs "id": "${id}", as in the address.`, `${type}.id`);
  if (given !== id) {
    throw new NotThisResource(`The id of the body differs from "${id}" in the address.`, `${type}.id`);
  }
}

const describe = (value: Json | undefined): string =>
  value === null ? 'null' : Array.isArray(value) ? 'an array' : value === undefined ? 'missing' : `a ${typeof value}`;
