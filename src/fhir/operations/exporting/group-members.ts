import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { listOf } from '../../../r4/json/items.js';
import { isObject, type Json, type JsonObject, parseJson } from '../../../r4/json/json.js';
import { parseReference } from '../../../r4/model/reference.js';
import type { Access } from '../../../scope/access.js';
import type { ResourceRepository } from '../../storage/resource.repository.js';

/** Groups that one Group may have within it. */
const mostGroups = 1000;

export interface Members {
  /** References such as `Patient/p1`. */
  readonly patients: readonly string[];
  /** The Group and those within it. */
  readonly groups: readonly string[];
}

/**
 * The patients of a Group and of the Groups within it, apart from members that are not active any more
 * (https://hl7.org/fhir/R4/group.html). A Group that the caller may not read has no members.
 */
export async function membersOf(
  { access, base, from }: { readonly access: Access<'r'>; readonly base: string; readonly from: ResourceRepository },
  id: string,
): Promise<Members> {
  const patients = new Set<string>();
  const groups = new Set<string>();
  const waiting = [id];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (groups.has(next)) continue;
    if (groups.size === mostGroups) {
      const diagnostics = `Group/${id} has more than ${mostGroups} Groups within it. Export parts of it.`;
      throw new InvalidRequest({ code: 'too-costly', diagnostics });
    }
    const found = await from.find(access, next);
    if (!found || found.deleted) continue;
    groups.add(next);
    for (const { type, id: member } of activeMembers(parseJson(found.body) as JsonObject, base)) {
      if (type === 'Patient') patients.add(`Patient/${member}`);
      if (type === 'Group') waiting.push(member);
    }
  }
  return { patients: [...patients], groups: [...groups] };
}

function activeMembers(group: JsonObject, base: string) {
  return listOf(group['member']).flatMap((member) => {
    if (!isObject(member) || member['inactive'] === true || isOver(member['period'])) return [];
    const { entity } = member;
    const reference = isObject(entity) ? entity['reference'] : undefined;
    return typeof reference === 'string' ? (parseReference(reference, base) ?? []) : [];
  });
}

/** True if the period ended; a date without a time ends with its day. */
function isOver(period: Json | undefined): boolean {
  const end = isObject(period) ? period['end'] : undefined;
  if (typeof end !== 'string') return false;
  const day = 86_400_000;
  const instant = Date.parse(end);
  return !Number.isNaN(instant) && instant + (end.includes('T') ? 0 : day) < Date.now();
}
