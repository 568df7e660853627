/** Targets of references (https://hl7.org/fhir/R4/profiling.html#reference). */
import { isObject, type JsonObject } from '../../../json/json.js';
import { foundText } from '../../found-text.js';
import { isResourceType } from '../../../model/resource-types.js';
import type { ElementNode } from '../model/element-node.js';
import { type Item, resourceItem } from '../model/item.js';
import { nameOfResource, type ProfileRun } from '../profile-run.js';
import { urlOf } from '../model/structure.js';

const coreUrl = 'http://hl7.org/fhir/StructureDefinition/';

export function checkTarget(node: ElementNode, item: Item, run: ProfileRun): void {
  const { targets } = node;
  if (targets.length === 0 || item.type !== 'Reference' || !isObject(item.value)) return;
  const type = run.targetType(item.value);
  if (type === undefined) return;
  const fitting = targets.filter((target) => isFor(target, type, run));
  if (fitting.length === 0) return reportType(node, targets, item.value, run);
  const local = run.local(item.value);
  if (local) checkLocal(node, fitting, local.resource, run);
}

/** The type that a profile is about; undefined when that is not known. */
export function typeOfProfile(canonical: string, run: ProfileRun): string | undefined {
  const url = urlOf(canonical);
  const name = url.startsWith(coreUrl) ? url.slice(coreUrl.length) : '';
  return isResourceType(name) || name === 'Resource' ? name : run.compiled(canonical)?.type;
}

function isFor(target: string, type: string, run: ProfileRun): boolean {
  const allowed = typeOfProfile(target, run);
  return allowed === undefined || allowed === type || allowed === 'Resource' || allowed === 'DomainResource';
}

function reportType(node: ElementNode, targets: readonly string[], value: JsonObject, run: ProfileRun): void {
  const said = typeof value['reference'] === 'string' ? value['reference'] : value['type'];
  run.report(node, {
    code: 'wrong-reference-target',
    expected: `a reference to ${[...new Set(targets)].join(' or ')}`,
    found: foundText(said),
    cure: 'Refer to a resource that the profile permits.',
  });
}

/** Profiles of which a resource that travels along has to meet one. */
function checkLocal(node: ElementNode, targets: readonly string[], resource: JsonObject, run: ProfileRun): void {
  const item = resourceItem(resource);
  const isMet = targets.some(
    (target) => typeOfProfile(target, run) === undefined || run.conforms(item, target) !== false,
  );
  if (isMet) return;
  run.report(node, {
    code: 'target-profile',
    expected: `a resource that meets ${targets.join(' or ')}`,
    found: foundText(nameOfResource(resource)),
    cure: 'Validate that resource against the profile to see what is missing.',
  });
}
