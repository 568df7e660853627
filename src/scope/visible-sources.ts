import { compartmentGroup } from '../r4/model/patient-compartment.js';
import { resourceTypes } from '../r4/model/resource-types.js';
import type { Permission } from './grammar/permission.js';
import { type Grant, grantsKey, isUnlimited, isWhole, type RecordOwner, type Source } from './grant.js';

/** Returns the grants of a caller on another type; none, or some rows of the type. */
export type Reach = (type: string, permission: Permission) => readonly Grant[];

const memberTypes: readonly string[] = [...resourceTypes].filter((type) => compartmentGroup(type) === 'member');
/** Types that a resource can point at, without those that are judged by others in their turn. */
export const plainTypes: ReadonlySet<string> = new Set(
  [...resourceTypes].filter((type) => compartmentGroup(type) !== 'derived'),
);

/**
 * A Provenance or Binary is visible through what is visible itself. Returns the types that lend their
 * visibility within the owner's record; undefined when the caller may see all of the record.
 */
export function visibleSources(owner: RecordOwner, reach: Reach): readonly Source[] | undefined {
  const sources = sourcesOf(memberTypes, {
    grants: (type) => reach(type, 'r'),
    isAll: (grant) => reachesRecord(grant, owner),
  });
  const [whole, ...parts] = sources;
  return whole?.types.length === memberTypes.length && parts.length === 0 ? undefined : sources;
}

/**
 * As {@link visibleSources}, for writing a Provenance or Binary: it may also be attached to what is created with it.
 */
export function attachableSources(owner: RecordOwner, reach: Reach): readonly Source[] | undefined {
  const visible = visibleSources(owner, reach);
  if (!visible) return undefined;
  const seen = new Set(visible[0]?.types);
  const created = sourcesOf(memberTypes, {
    grants: (type) => (seen.has(type) ? [] : reach(type, 'c').map(ofAnyType)),
    isAll: (grant) => reachesRecord(grant, owner),
  });
  return [...visible, ...created.filter(({ types }) => types.length > 0).map(unread)];
}

/** As the grant of a live row: types with one owner element are judged by one condition. */
function ofAnyType(grant: Grant): Grant {
  if (!grant.within?.ownedBy) return grant;
  const { type: _, ...ownedBy } = grant.within.ownedBy;
  return { ...grant, within: { ...grant.within, ownedBy } };
}

const unread = (source: Source): Source => ({ ...source, isUnread: true });

interface Asked {
  readonly grants: (type: string) => readonly Grant[];
  readonly isAll: (grant: Grant) => boolean;
}

/** First the types of which all rows count, then the others; those that are judged alike are judged by one condition. */
export function sourcesOf(types: Iterable<string>, { grants: grantsOf, isAll }: Asked): readonly Source[] {
  const wholeTypes: string[] = [];
  const parts = new Map<string, Source>();
  for (const type of types) {
    const grants = grantsOf(type);
    if (grants.some(isAll)) wholeTypes.push(type);
    else if (grants.length > 0) {
      const key = grantsKey(grants);
      parts.set(key, { types: [...(parts.get(key)?.types ?? []), type], grants });
    }
  }
  return [{ types: wholeTypes }, ...parts.values()];
}

const reachesRecord = (grant: Grant, owner: RecordOwner): boolean =>
  isUnlimited(grant) ||
  (isWhole(grant) &&
    grant.only === undefined &&
    grant.within?.owner.kind === owner.kind &&
    grant.within.owner.id === owner.id);
