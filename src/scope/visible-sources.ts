import { compartmentGroup } from '../fhir/model/patient-compartment.js';
import { resourceTypes } from '../fhir/model/resource-types.js';
import type { Permission } from './permission.js';
import { type Grant, grantKey, isUnlimited, isWhole, type RecordOwner, type Source } from './grant.js';

/** What a caller is granted elsewhere; nothing, or some rows of the type. */
export type Reach = (type: string, permission: Permission) => readonly Grant[];

const memberTypes: readonly string[] = [...resourceTypes].filter((type) => compartmentGroup(type) === 'member');

/**
 * Architecture 3.4: a Provenance or Binary is visible through what is visible itself. Returns the types that lend their
 * visibility within the owner's record; undefined when the caller may see all of the record. `permissions`: any of these
 * counts as seeing.
 */
export function visibleSources(
  owner: RecordOwner,
  reach: Reach,
  permissions: readonly Permission[],
): readonly Source[] | undefined {
  const wholeTypes: string[] = [];
  const parts = new Map<string, Source>();
  for (const type of memberTypes) {
    const grants = permissions.flatMap((permission) => reach(type, permission));
    if (grants.some((grant) => reachesRecord(grant, owner))) wholeTypes.push(type);
    else if (grants.length > 0) {
      // Types that are judged alike are judged by one condition.
      const key = grants.map(grantKey).join();
      parts.set(key, { types: [...(parts.get(key)?.types ?? []), type], grants });
    }
  }
  return wholeTypes.length === memberTypes.length ? undefined : [{ types: wholeTypes }, ...parts.values()];
}

const reachesRecord = (grant: Grant, owner: RecordOwner): boolean =>
  isUnlimited(grant) ||
  (isWhole(grant) &&
    grant.only === undefined &&
    grant.within?.owner.kind === owner.kind &&
    grant.within.owner.id === owner.id);
