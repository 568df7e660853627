import type { Filter } from '../fhir/search/filter.js';

/** Whose record a grant is limited to. */
export type RecordOwner =
  | { readonly kind: 'patient'; readonly id: string }
  /** The patient that this RelatedPerson resource names; looked up in SQL. */
  | { readonly kind: 'related-person'; readonly id: string };

/**
 * How a row comes to belong to the owner's record (architecture 3.4): by its own compartment column, through a
 * Provenance target, or through what points at a Binary.
 */
export type Membership = 'compartment' | 'provenance-target' | 'binary-referrer';

/** One way to reach rows of a type. Rows that satisfy any grant are within reach; every part of a grant must hold. */
export interface Grant {
  readonly within?: { readonly owner: RecordOwner; readonly membership: Membership };
  /** Granular scope constraints and policies: all must match. */
  readonly where: readonly Filter[];
  /** Exactly this one resource (the token's own `fhirUser`). */
  readonly only?: string;
}

export const filterKey = ({ parameter, values }: Filter): string => JSON.stringify([parameter.url, values]);

export const isUnlimited = ({ within, where, only }: Grant): boolean =>
  within === undefined && only === undefined && where.length === 0;

/** A stable text of one grant, the same for the same rows whatever order the token's scopes came in. */
export function grantKey({ within, where, only }: Grant): string {
  const limit = within && [within.owner.kind, within.owner.id, within.membership];
  return JSON.stringify([limit ?? null, only ?? null, [...new Set(where.map(filterKey))].toSorted()]);
}

/** Drops grants whose rows another grant reaches anyway, and puts the rest in a stable order. */
export function simplify(grants: readonly Grant[]): readonly Grant[] {
  const unlimited = grants.find(isUnlimited);
  if (unlimited) return [unlimited];
  const distinct = [...new Map(grants.map((grant) => [grantKey(grant), grant])).entries()]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([, grant]) => grant);
  return distinct.filter((grant) => !distinct.some((other) => other !== grant && reachesAllOf(other, grant)));
}

/** Distinct grants only: two that reach all of each other are the same grant. */
function reachesAllOf(wide: Grant, narrow: Grant): boolean {
  const conditions = new Set(narrow.where.map(filterKey));
  return (
    sameOrAbsent(wide.within && JSON.stringify(wide.within), narrow.within && JSON.stringify(narrow.within)) &&
    sameOrAbsent(wide.only, narrow.only) &&
    wide.where.every((filter) => conditions.has(filterKey(filter)))
  );
}

const sameOrAbsent = (wide: string | undefined, narrow: string | undefined): boolean =>
  wide === undefined || wide === narrow;
