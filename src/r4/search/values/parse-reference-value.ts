import { listed } from '../../errors/listed.js';
import { parseReference } from '../../model/reference.js';
import { isResourceType, suggestType } from '../../model/resource-types.js';
import type { FilterValue } from '../query/filter.js';
import { misfit } from './invalid-search-value.js';
import { pointsTo, soleTarget, targetsOf } from '../parameters/reference-targets.js';
import type { SearchParameter } from '../parameters/search-parameter.js';
import type { ValueSettings } from './value-settings.js';
import { unescapeValue } from './split-escaped.js';

const id = /^[A-Za-z0-9\-.]{1,64}$/;
const absoluteUrl = /^[A-Za-z][A-Za-z0-9+.-]*:\S+$/;

/** `Type/id`, `id` or an absolute URL (https://hl7.org/fhir/R4/search.html#reference). */
export function parseReferenceValue(
  parameter: SearchParameter,
  text: string,
  { base, type }: ValueSettings,
): FilterValue {
  const target = unescapeValue(text);
  if (id.test(target)) return idValue(target, type === undefined ? undefined : soleTarget(parameter, type));
  const local = parseReference(target, base || ' ');
  if (local) {
    checkTarget(parameter, text, local.type);
    if (local.versionId !== undefined) throw misfit(parameter, text, 'it names a version; search by the resource.');
    return { kind: 'reference', target: `${local.type}/${local.id}` };
  }
  if (absoluteUrl.test(target)) return { kind: 'reference', target };
  throw misfit(parameter, text, 'it is neither Type/id, nor an id, nor an absolute URL.', exampleOf(parameter));
}

/** Returns the value for an id: one exact entry where only one type is possible, else the id of any type. */
const idValue = (target: string, type: string | undefined): FilterValue =>
  type === undefined
    ? { kind: 'reference', target, anyType: true }
    : { kind: 'reference', target: `${type}/${target}` };

/** The value of `:[type]`: an id of that type. */
export function parseTypedReference(
  parameter: SearchParameter,
  text: string,
  { type, base }: { readonly type: string; readonly base: string },
): FilterValue {
  const target = unescapeValue(text);
  const local = id.test(target) ? { type, id: target } : parseReference(target, base || ' ');
  if (local?.type === type && !('versionId' in local && local.versionId !== undefined)) {
    return { kind: 'reference', target: `${type}/${local.id}` };
  }
  throw misfit(parameter, text, `after ":${type}" it is the id of a resource of that type.`, '123');
}

function checkTarget(parameter: SearchParameter, text: string, type: string): void {
  if (!isResourceType(type)) {
    const suggestion = suggestType(type);
    const hint = suggestion === undefined ? '' : ` Did you mean ${suggestion}?`;
    throw misfit(parameter, text, `${type} is no resource type.${hint}`, exampleOf(parameter));
  }
  if (!pointsTo(parameter, type)) {
    const targets = targetsOf(parameter);
    const fact = `it never refers to ${type}, only to ${listed(targets, 10)}.`;
    throw misfit(parameter, text, fact, exampleOf(parameter));
  }
}

const exampleOf = (parameter: SearchParameter): string => `${parameter.target?.[0] ?? 'Patient'}/123`;
