/** Checks a resource against R4 itself, without profiles (https://hl7.org/fhir/R4/validation.html). */
import { isObject, type Json, type JsonObject } from '../json/json.js';
import { checkStorable } from './check-storable.js';
import type { Finding } from './finding.js';
import { checkResource } from './type-check.js';
import { isResourceType } from '../model/resource-types.js';
import { type ValidationOptions, ValidationRun } from './validation-run.js';

/**
 * Every error and warning in the order of the document; the same for the same resource. Never throws, whatever the JSON.
 * Definitions are loaded, and checks made, when a type is first seen.
 */
export function validateResource(resource: Json, options: ValidationOptions = {}): readonly Finding[] {
  const run = new ValidationRun(options);
  const type = isObject(resource) ? resource['resourceType'] : undefined;
  run.path.push(typeof type === 'string' && /^[A-Z][A-Za-z]{1,63}$/.test(type) ? type : 'Resource');
  const isKnown = typeof type === 'string' && isResourceType(type);
  if (options.level === 'none' && isKnown) checkStorable(resource as JsonObject, run);
  else checkResource(resource, run);
  return run.result();
}

/** True if the resource may not be stored. */
export const hasErrors = (findings: readonly Finding[]): boolean =>
  findings.some(({ severity }) => severity === 'error');
