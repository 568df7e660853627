import type { Confidentiality } from '../r4/model/confidentiality.js';
import { type Criterion, criterionKey } from '../r4/search/query/criterion.js';
import type { OwnerElement } from '../r4/model/owner-elements.js';
import type { Filter } from '../r4/search/query/filter.js';

/** Owner of the record that a grant is limited to. */
export type RecordOwner =
  | { readonly kind: 'patient'; readonly id: string }
  /** The patient that this RelatedPerson resource names; looked up in SQL. */
  | { readonly kind: 'related-person'; readonly id: string };

/**
 * Relation of a row to the owner's record (https://hl7.org/fhir/R4/compartmentdefinition-patient.html): by its own
 * compartment column, by a Provenance target, or by what points at a Binary.
 */
export type Membership = 'compartment' | 'provenance-target' | 'binary-referrer';

/** Types whose rows make others visible: all of those rows, or those that satisfy one of the grants. */
export interface Source {
  readonly types: readonly string[];
  readonly grants?: readonly Grant[];
  /** The caller may create them and not read them: what is written counts for rows of the same transaction only (ADR 43). */
  readonly isUnread?: true;
}

/** The caller, as the provisions of a Consent name callers. */
export interface ConsentSubject {
  /** `Type/id` and names by issuer, in order. */
  readonly actors: readonly string[];
  /** Codes of the action, as provisions use them. */
  readonly actions: readonly string[];
  /** Absent: nobody knows what for. */
  readonly purposes?: readonly string[];
  /** `Patient/id` of the caller, whose own record is not withheld. */
  readonly own?: string;
}

/** Limits by labels and Consents on the rows of a grant; at least a clearance or a Consent. */
export interface Withheld {
  /** The highest confidentiality that is within reach. */
  readonly clearance?: Confidentiality;
  readonly consent?: ConsentSubject;
  /** Subject who may not change a Consent that limits them (ADR 42). */
  readonly limited?: ConsentSubject;
  readonly through?: Through;
}

/** Link to other types: rows are withheld with the rows that they point at, or that point at them. */
export class Through {
  #known: readonly Source[] | undefined;

  constructor(
    readonly by: 'targets' | 'referrers',
    private readonly find: () => readonly Source[],
  ) {}

  /** The rows that the caller may know; all that is pointed at has to be among them (ADR 43). Few requests ask. */
  get known(): readonly Source[] {
    return (this.#known ??= this.find());
  }

  /** Copies this with other grants. */
  map(change: (grant: Grant) => Grant): Through {
    return new Through(this.by, () =>
      this.known.map(({ grants, ...source }) => ({ ...source, ...(grants && { grants: grants.map(change) }) })),
    );
  }

  toJSON(): readonly string[] {
    return [this.by, ...this.known.map(sourceKey)];
  }
}

/** Rows of one record. Where membership is derived, only through rows that the caller may see as well. */
export interface Within {
  readonly owner: RecordOwner;
  readonly membership: Membership;
  /** For derived membership. */
  readonly sources?: readonly Source[];
  /** For writes: the owner element must name nobody else (ADR 41). */
  readonly ownedBy?: OwnedBy;
}

/** The element of a type that says whose record a resource is; `base`: what absolute references to this server begin with. */
export interface OwnedBy {
  /** Absent: of live rows of any type that has the element. */
  readonly type?: string;
  readonly element: OwnerElement;
  readonly base: string;
}

/** One way to reach rows of a type. Rows that satisfy any grant are within reach; every part of a grant must hold. */
export interface Grant {
  readonly within?: Within;
  /** Constraints of a granular scope: all must match. */
  readonly where: readonly Filter[];
  /**
   * Criteria of rules of this server, such as policies: all must hold. The rows that their chains lead to are looked at by
   * the server itself, whatever the caller may see.
   */
  readonly rules?: readonly Criterion[];
  /** Exactly this one resource (the token's own `fhirUser`). */
  readonly only?: string;
  /** Limits by security labels and Consents. */
  readonly withheld?: Withheld;
}

export const filterKey = ({ parameter, values }: Filter): string => JSON.stringify([parameter.url, values]);

const noRules: readonly Criterion[] = [];

/** The rules of a grant, none included. */
export const rulesOf = ({ rules = noRules }: Grant): readonly Criterion[] => rules;

export const isUnlimited = (grant: Grant): boolean =>
  grant.within === undefined && grant.only === undefined && isWhole(grant);

/** True if nothing but the record and the id limits the grant. */
export const isWhole = (grant: Grant): boolean =>
  grant.where.length === 0 && rulesOf(grant).length === 0 && grant.withheld === undefined;

/** Cache of grant keys. */
const grantKeys = new WeakMap<Grant, string>();

/** A stable text of one grant, the same for the same rows whatever order the token's scopes came in. */
export function grantKey(grant: Grant): string {
  let key = grantKeys.get(grant);
  if (key === undefined) grantKeys.set(grant, (key = keyOf(grant)));
  return key;
}

/** Cache of the keys of whole accesses: those that scopes alone decide keep their grants for as long as the token counts. */
const keysOfGrants = new WeakMap<readonly Grant[], string>();

/** A stable text of the grants of an access: equal for those that reach the same rows. */
export function grantsKey(grants: readonly Grant[]): string {
  let key = keysOfGrants.get(grants);
  if (key === undefined) keysOfGrants.set(grants, (key = JSON.stringify(grants.map(grantKey))));
  return key;
}

function keyOf(grant: Grant): string {
  const { within, where, only, withheld } = grant;
  const limit = within && [
    within.owner.kind,
    within.owner.id,
    within.membership,
    ...(within.sources ?? []).map(sourceKey),
    ...(within.ownedBy ? [`${within.ownedBy.type ?? '*'}.${within.ownedBy.element.path}`] : []),
  ];
  return JSON.stringify([
    limit ?? null,
    only ?? null,
    setOf(where.map(filterKey)),
    setOf(rulesOf(grant).map(criterionKey)),
    withheld ?? null,
  ]);
}

const setOf = (keys: readonly string[]): readonly string[] => [...new Set(keys)].toSorted();

const sourceKey = ({ types, grants, isUnread }: Source): string =>
  JSON.stringify([types, grants?.map(grantKey), isUnread]);

const withheldKey = (withheld: Withheld | undefined): string | undefined => withheld && JSON.stringify(withheld);

/** Drops grants whose rows another grant reaches anyway, and puts the rest in a stable order. */
export function simplify(grants: readonly Grant[]): readonly Grant[] {
  if (grants.length === 1) return grants;
  const unlimited = grants.find(isUnlimited);
  if (unlimited) return [unlimited];
  const distinct = [...new Map(grants.map((grant) => [grantKey(grant), grant])).entries()]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([, grant]) => ({ grant, limits: limitsOf(grant) }));
  const isReached = (one: (typeof distinct)[number]): boolean =>
    distinct.some((other) => other !== one && reachesAllOf(other.limits, one.limits));
  return distinct.filter((one) => !isReached(one)).map(({ grant }) => grant);
}

/** Each part of a grant as its key. Every grant is compared with every other: the keys are made once. */
interface Limits {
  readonly within: string | undefined;
  readonly only: string | undefined;
  readonly withheld: string | undefined;
  readonly where: ReadonlySet<string>;
  readonly rules: ReadonlySet<string>;
}

const limitsOf = (grant: Grant): Limits => ({
  within: grant.within && withinKey(grant.within),
  only: grant.only,
  withheld: withheldKey(grant.withheld),
  where: new Set(grant.where.map(filterKey)),
  rules: new Set(rulesOf(grant).map(criterionKey)),
});

/** Distinct grants only: two that reach all of each other are the same grant. */
const reachesAllOf = (wide: Limits, narrow: Limits): boolean =>
  sameOrAbsent(wide.within, narrow.within) &&
  sameOrAbsent(wide.only, narrow.only) &&
  sameOrAbsent(wide.withheld, narrow.withheld) &&
  [...wide.where].every((filter) => narrow.where.has(filter)) &&
  [...wide.rules].every((rule) => narrow.rules.has(rule));

/** Grants that differ in the codes of one criterion only, as one grant: a criterion takes any of its values. */
export function joinAlternatives(grants: readonly Grant[]): readonly Grant[] {
  if (grants.length < 2 || !grants.some(limitedByCodes)) return grants;
  const joined = new Map<string, Grant>();
  for (const grant of grants) {
    const filter = limitedByCodes(grant);
    const key = grantKey(filter ? { ...grant, where: [{ ...filter, values: [] }] } : grant);
    const known = joined.get(key);
    const values = known && filter ? [...known.where[0]!.values, ...filter.values] : [];
    joined.set(key, known && filter ? { ...grant, where: [{ ...filter, values }] } : grant);
  }
  return [...joined.values()];
}

/** The only criterion of a granular scope, where it names codes. */
function limitedByCodes({ where: [filter, ...others] }: Grant): Filter | undefined {
  return others.length === 0 && filter?.values.every(({ kind }) => kind === 'token') ? filter : undefined;
}

const withinKey = (within: Within): string => grantKey({ within, where: [] });

const sameOrAbsent = (wide: string | undefined, narrow: string | undefined): boolean =>
  wide === undefined || wide === narrow;

/** The grant as it is where no Consent counts. */
export function liftConsent({ withheld, ...grant }: Grant): Grant {
  if (withheld?.clearance === undefined) return grant;
  const { clearance, through } = withheld;
  return { ...grant, withheld: { clearance, ...(through && { through: through.map(liftConsent) }) } };
}

/**
 * The grant as it is for content that the caller has just written. Neither Consents nor what it points at stand against it: a
 * refusal would tell what is there (ADR 43).
 */
export function ofContent({ withheld, ...grant }: Grant): Grant {
  return withheld?.clearance === undefined ? grant : { ...grant, withheld: { clearance: withheld.clearance } };
}

/** The grant as it is to read, where it does not matter who else is named as the owner of the record. */
export function liftOwner(grant: Grant): Grant {
  if (!grant.within?.ownedBy) return grant;
  const { ownedBy: _, ...within } = grant.within;
  return { ...grant, within };
}

/** The grant as if nothing were withheld of it. */
export function withoutWithheld(grant: Grant): Grant {
  const { withheld: _, ...left } = grant;
  return left;
}
