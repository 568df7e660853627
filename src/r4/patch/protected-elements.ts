import { isObject, type Json, type JsonObject } from '../json/json.js';
import { inapplicable } from './operation-fault.js';

/** Elements that the server sets itself: identity and version (https://hl7.org/fhir/R4/http.html#patch). */
const protectedElements = [['resourceType'], ['id'], ['meta', 'versionId'], ['meta', 'lastUpdated']] as const;

/** Refuses an operation that gave the resource another type, id or version. */
export function checkProtected(before: JsonObject, after: Json): asserts after is JsonObject {
  if (!isObject(after)) throw inapplicable('structure', 'The patched resource would not be a JSON object.');
  for (const path of protectedElements) {
    if (elementAt(before, path) === elementAt(after, path)) continue;
    const name = path.join('.');
    const advice = path.length > 1 ? ' Patch the other elements of meta one by one.' : '';
    throw inapplicable('business-rule', `It would change ${name}, which only the server sets.${advice}`);
  }
}

function elementAt(resource: JsonObject, [name, child]: readonly [string, string?]): Json | undefined {
  const element = Object.hasOwn(resource, name) ? resource[name] : undefined;
  if (child === undefined) return element;
  return isObject(element) && Object.hasOwn(element, child) ? element[child] : undefined;
}
