import { ownWork, type RequestCaller } from '../database/caller-shares.js';
import { compartmentGroup } from '../r4/model/patient-compartment.js';
import type { Hiding, MaskOf } from '../r4/model/mask-resource.js';
import { Basis } from './basis.js';
import { Refused, type Refusal } from '../refusal/refusal.js';
import { missingDefinition } from './administration/admin-rights.js';
import type { AccessTrail } from './access-trail.js';
import { type Grant, grantsKey, isUnlimited, liftConsent, ofContent, simplify } from './grant.js';
import { type Deciding, grantsOfScopes, knownOf, narrow, withhold } from './granted-rows.js';
import { whyOwnIds } from './consent/own-ids.js';
import type { Permission } from './grammar/permission.js';
import { LaterRefusal } from './later-refusal.js';
import { judgePolicies, type Mask, type PolicyVerdict } from './policies/judge-policies.js';
import { isBoundByConsents } from './consent/withheld.js';

export type { Grant, Membership, RecordOwner, Source, Within } from './grant.js';

/** Proof that a caller may do `permission` on rows of `type`. Queries demand one, so none can skip the decision. */
export class Access<P extends Permission = Permission> {
  // A private name makes the type nominal, as long as it is not optional: nothing else passes for an Access.
  #fingerprint: string | undefined;
  #isUnrestricted: boolean | undefined;
  #beyondConsent: Access<P> | undefined;
  #ofContent: Access<P> | undefined;
  #trail: AccessTrail | undefined;
  #askedBy: RequestCaller = ownWork;
  readonly #basis: Basis;

  /** Never empty; a row is within reach if it satisfies one of them. */
  readonly grants: readonly Grant[];
  /** Verdicts of the policies on this access. */
  readonly policies: readonly PolicyVerdict[];

  private constructor(
    readonly type: string,
    readonly permission: P,
    { grants, policies }: Pick<Access, 'grants' | 'policies'>,
    basis: Basis,
  ) {
    this.grants = grants;
    this.policies = policies;
    this.#basis = basis;
  }

  /** Before storage does anything under the access: {@link AccessRules.confirm}. */
  confirm(): Promise<void> | undefined {
    const { rules, edition } = this.#basis;
    return rules.confirm(edition);
  }

  /** True if every row of the type is within reach. */
  get unrestricted(): boolean {
    return (this.#isUnrestricted ??= this.grants.some(isUnlimited));
  }

  /** True if every row that no Consent withholds is within reach. */
  get isOpen(): boolean {
    return this.unrestricted || this.withoutConsent.unrestricted;
  }

  /** This access without the limits of Consents: for content that the caller has just written. */
  get withoutConsent(): Access<P> {
    if (this.grants.every(({ withheld }) => !withheld?.consent && !withheld?.limited)) return this;
    return (this.#beyondConsent ??= this.with(withoutConsents(this.grants)));
  }

  /** This access for content that the caller has just written: other rows that Consents withhold do not count. */
  get ofContent(): Access<P> {
    if (this.grants.every(({ withheld }) => !withheld?.consent && !withheld?.limited && !withheld?.through))
      return this;
    // All that one transaction writes is judged by it: changes are grouped by their accesses.
    return (this.#ofContent ??= this.with(this.grants.map(ofContent)));
  }

  /** Copies this access with other grants. */
  private with(grants: readonly Grant[]): Access<P> {
    const { type, permission, policies } = this;
    return new Access(type, permission, { grants, policies }, this.#basis).notedIn(this.#trail, this.#askedBy);
  }

  /** True if Consents withhold something that the caller may see in an emergency. */
  get mayLiftConsent(): boolean {
    return (
      this.#basis.principal.mayBreakGlass === true &&
      this.grants.some(({ withheld }) => withheld?.consent !== undefined)
    );
  }

  /** True if an update may create a missing resource; undefined: only while no Consent denies anything (ADR 28). */
  get makesOwnIds(): boolean | undefined {
    if (this.unrestricted) return true;
    if (!this.isOpen) return false;
    const { principal, rules } = this.#basis;
    return whyOwnIds(principal, rules) === undefined ? undefined : true;
  }

  /** True if a delete of what never was succeeds (ADR 190); undefined: only while no Consent denies anything. */
  get deletesAbsent(): boolean | undefined {
    return this.unrestricted || (this.isOpen ? undefined : false);
  }

  /** True if the caller may not change Consents, nor what they depend on (ADR 42). */
  get isBoundByConsents(): boolean {
    const { principal, rules } = this.#basis;
    return isBoundByConsents(principal, rules.withholding);
  }

  /** Trail in which storage records what it discloses or changes under this access; undefined without an audit. */
  get trail(): AccessTrail | undefined {
    return this.#trail;
  }

  /** Caller whose share of the database this access uses. */
  get askedBy(): RequestCaller {
    return this.#askedBy;
  }

  /**
   * Context of the decision, also of the access that this one was made from; the context of the request, except in tests
   * of single decisions.
   */
  get decidedIn(): Deciding {
    return this.#basis.deciding;
  }

  /** Sets the trail and the caller that use of this access counts for. */
  notedIn(trail: AccessTrail | undefined, caller: RequestCaller): this {
    this.#trail = trail;
    this.#askedBy = caller;
    return this;
  }

  /** Stable text of the effective access: equal for equal reach, whatever token or order of scopes it comes from. */
  get fingerprint(): string {
    return (this.#fingerprint ??= this.makeFingerprint());
  }

  /** The JSON of an array, from parts that are at hand: page links of the whole system are bound to 148 of them. */
  private makeFingerprint(): string {
    const { type, permission, grants } = this;
    return `["${type}","${permission}",${grantsKey(grants)},${JSON.stringify(this.maskOf(type))}]`;
  }

  /**
   * Rows of any type that the same caller may be told to exist: what they may read, and what their token names. May be
   * empty. Not a right to read them.
   */
  grantsToKnow(type: string): readonly Grant[] {
    const { principal, deciding } = this.#basis;
    return knownOf({ principal, type, permission: 'r' }, deciding);
  }

  /** Paths below a type that are hidden from the caller, for resources of any type. */
  get maskOf(): MaskOf {
    return (type) => this.#basis.masksOf(type).paths;
  }

  /** Masks of extensions for single resources; undefined where there are none. */
  get hiding(): Hiding | undefined {
    const { principal, rules } = this.#basis;
    const { hiding } = rules;
    if (!hiding) return undefined;
    return {
      appliesTo: (type) => hiding.appliesTo(type),
      elementsIn: (resource) => hiding.elementsIn(resource, principal),
    };
  }

  /** Masks of a type, with the policies that define them. */
  masksOf(type: string): readonly Mask[] {
    return this.#basis.masksOf(type).masks;
  }

  /** Scopes grant (their union), policies narrow (their intersection). */
  static judge<P extends Permission>(type: string, permission: P, basis: Basis): Access<P> | LaterRefusal {
    const { principal, deciding, rules } = basis;
    const query = { principal, type, permission };
    const policies = judgePolicies(query, rules, deciding.answers);
    // Grants that depend on scopes alone are the same for each request with the token.
    const isSettled = policies.verdicts.length === 0 && compartmentGroup(type) !== 'derived';
    const settled = isSettled ? rules.grantsOf(principal) : undefined;
    let grants = settled?.get(type, permission);
    if (!grants) {
      const scopes = grantsOfScopes(query, deciding);
      const definition = missingDefinition(principal, type, permission);
      const others = definition ? [definition, ...policies.refusals] : policies.refusals;
      if (scopes.grants.length === 0 || others.length > 0)
        return new LaterRefusal(() => new Refused([...scopes.refusals(), ...others] as [Refusal, ...Refusal[]]));
      grants = simplify(withhold(narrow(scopes.grants, policies.rules), query, deciding));
      // Grants through other types depend on the policies of those types, which may change.
      if (grants.every(({ within }) => within?.sources === undefined)) settled?.set(type, permission, grants);
    }
    return new Access(type, permission, { grants, policies: policies.verdicts }, basis);
  }
}

/** Cache of grants without Consents, by the grants that they were made from. */
const lifted = new WeakMap<readonly Grant[], readonly Grant[]>();

function withoutConsents(grants: readonly Grant[]): readonly Grant[] {
  let found = lifted.get(grants);
  if (!found) lifted.set(grants, (found = simplify(grants.map(liftConsent))));
  return found;
}
