/** Contained resources (https://hl7.org/fhir/R4/references.html#contained): dom-2 to dom-5, and ids. */
import { isObject, type Json, type JsonObject } from '../json/json.js';
import { foundText } from './found-text.js';
import type { RootContext, ValidationRun } from './validation-run.js';

/** Rules that need nothing but the contained resource itself. */
export function checkContained(resource: JsonObject, run: ValidationRun): void {
  if (resource['contained'] !== undefined) {
    run.reportAt('contained', 'dom-2', ['no contained resources in a contained resource', 'some']);
  }
  const { meta } = resource;
  if (!isObject(meta)) return;
  for (const name of ['versionId', 'lastUpdated']) {
    if (meta[name] === undefined) continue;
    run.reportAt(`meta.${name}`, 'dom-4', ['no version in a contained resource', foundText(meta[name])]);
  }
  if (meta['security'] !== undefined) {
    run.reportAt('meta.security', 'dom-5', ['no security label in a contained resource', 'some']);
  }
}

/** Ids and references, known when the whole container was read. */
export function checkContainment({ resource: { contained }, mentions }: RootContext, run: ValidationRun): void {
  if (!Array.isArray(contained) || !mentions) return;
  const ids = new Set<string>();
  for (const [index, resource] of (contained as readonly Json[]).entries()) {
    if (!isObject(resource)) continue;
    const { id } = resource;
    run.path.push('contained', index);
    if (id === undefined) run.report('contained-without-id', 'an id', 'nothing');
    if (typeof id === 'string') {
      if (ids.has(id)) run.report('duplicate-contained-id', 'an id of its own', foundText(id));
      else if (!mentions.fragments.has(`#${id}`) && !mentions.referring.has(resource)) {
        run.report('dom-3', `a reference "#${id}" in the resource, or one to "#" in the contained resource`, 'neither');
      }
      ids.add(id);
    }
    run.path.length -= 2;
  }
}
