import type { Principal } from '../auth/principal.js';
import type { SearchParameters } from '../fhir/search/search-parameters.js';
import type { ValueSettings } from '../fhir/search/value-settings.js';
import type { Grant } from './grant.js';
import { ignoreMasked } from './masked-constraints.js';
import { masksOf } from './policies/judge-policies.js';
import { PoliciesChanged, PoliciesUnknown } from './policies/policies-unknown.js';
import type { AccessPolicy } from './policies/policy.js';
import { PolicyExpressions } from './policies/policy-expressions.js';
import { readTokenScopes, type TokenScopes } from './token-scopes.js';
import { nothingWithheld, type WithholdingRules } from './withheld.js';

/** Policies as they were at one time. */
export interface PolicyEdition {
  readonly policies: readonly AccessPolicy[];
  /** Whether they were those of the server so lately that something may be permitted by them (ADR 47). */
  readonly isBelieved: boolean;
}

/** Policies that change while the server runs. */
export interface PolicySource {
  /** The last known one, another object for other policies. */
  readonly edition: PolicyEdition;
  /** Looks for news where the last look is too long ago; undefined where it is not. Never rejects. */
  refresh(): Promise<void> | undefined;
}

/** Of policies that are part of the program. */
const fixedEdition: PolicyEdition = { policies: [], isBelieved: true };

/** What access decisions depend on beside the caller: the FHIR base and the time zone, the search parameters, the policies, labels and Consents. */
export class AccessRules {
  private readonly scopes = new WeakMap<Principal, TokenScopes>();
  private granted = new WeakMap<Principal, Map<string, readonly Grant[]>>();
  private grantedAt = '';
  private readonly added: AccessPolicy[];
  private source: PolicySource | undefined;
  /** Reads what policies constrain by. */
  readonly expressions: PolicyExpressions;

  constructor(
    private readonly settings: ValueSettings,
    readonly parameters: SearchParameters,
    policies: readonly AccessPolicy[] = [],
    readonly withholding: WithholdingRules = nothingWithheld,
  ) {
    this.added = [...policies];
    this.expressions = new PolicyExpressions(settings, parameters);
  }

  /** FHIR base URL without trailing slash. */
  get base(): string {
    return this.settings.base;
  }

  get timeZone(): string {
    return this.settings.timeZone;
  }

  /** As last known. What is decided by them counts as long as their edition is believed: {@link confirm}. */
  get policies(): readonly AccessPolicy[] {
    return this.source ? [...this.added, ...this.source.edition.policies] : this.added;
  }

  get edition(): PolicyEdition {
    return this.source?.edition ?? fixedEdition;
  }

  /**
   * Before something is done that was decided by the edition: undefined where that is believed, otherwise the policies are
   * looked up. Rejects with {@link PoliciesUnknown} where they cannot be, and with {@link PoliciesChanged} where they are others.
   */
  confirm(edition: PolicyEdition): Promise<void> | undefined {
    return edition.isBelieved ? undefined : this.confirmAnew(edition);
  }

  private async confirmAnew(edition: PolicyEdition): Promise<void> {
    await this.refresh();
    if (!edition.isBelieved) throw this.edition.isBelieved ? new PoliciesChanged() : new PoliciesUnknown();
  }

  /** For policies that change while the server runs. */
  setSource(source: PolicySource): void {
    this.source = source;
  }

  /** Before a request is decided; undefined where nothing has to be looked up. */
  refresh(): Promise<void> | undefined {
    return this.source?.refresh();
  }

  /** What the value sets and hierarchies come to that these policies, and those added in code, constrain by; whether that is news. */
  readCodes(policies: readonly AccessPolicy[]): Promise<boolean> {
    return this.expressions.readCodes([...this.added, ...policies].flatMap(({ terminology = [] }) => terminology));
  }

  /** For modules that bring policies of their own, while the application starts. */
  addPolicies(...policies: readonly AccessPolicy[]): void {
    this.added.push(...policies);
  }

  /**
   * The same rules without what this server or its administrators know about callers: for tokens that nobody has vouched
   * for, so that an invented one cannot ask how others are treated.
   */
  withoutPolicies(): AccessRules {
    return new AccessRules(this.settings, this.parameters, [], this.withholding);
  }

  /** What is kept of a principal's grants, as long as the search parameters stay as they are. */
  grantsOf(principal: Principal): Map<string, readonly Grant[]> {
    const { generation, revision } = this.parameters;
    const at = `${generation}.${revision}`;
    if (at !== this.grantedAt) this.granted = new WeakMap();
    this.grantedAt = at;
    let grants = this.granted.get(principal);
    if (!grants) this.granted.set(principal, (grants = new Map<string, readonly Grant[]>()));
    return grants;
  }

  /** Principals are shared by all requests with one token, so their scopes are read once; what is masked may change. */
  scopesOf(principal: Principal): TokenScopes {
    let scopes = this.scopes.get(principal);
    if (!scopes) this.scopes.set(principal, (scopes = readTokenScopes(principal, this)));
    const { policies } = this;
    if (policies.length === 0 || scopes.usable.every(({ constraints }) => constraints.length === 0)) return scopes;
    return ignoreMasked(scopes, (type) => masksOf({ principal, type }, policies), this.parameters);
  }
}
