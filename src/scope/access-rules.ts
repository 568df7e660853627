import type { Principal } from '../auth/principal.js';
import type { HiddenElement } from '../r4/model/mask-resource.js';
import type { JsonObject } from '../r4/json/json.js';
import type { SearchParameters } from '../r4/search/parameters/search-parameters.js';
import type { ValueSettings } from '../r4/search/values/value-settings.js';
import type { AccessDecisionPoint } from './decision-point/access-decision-point.js';
import { ConsultedPolicy } from './decision-point/consulted-policy.js';
import { ByNeed } from './by-need.js';
import type { Grant } from './grant.js';
import { ignoreMasked } from './policies/masked-constraints.js';
import { masksOf } from './policies/judge-policies.js';
import { PolicyAnswers } from './policies/policy-answers.js';
import { PoliciesChanged, PoliciesUnknown } from './policies/policies-unknown.js';
import type { AccessPolicy } from './policies/policy.js';
import { dependenciesOf, type Dependencies, typesThatList } from './policies/policy-dependencies.js';
import { PolicyExpressions } from './policies/policy-expressions.js';
import type { DecidedRequest } from './trials/access-shape.js';
import { guardRecord, type RecordGuard } from './record-writes.js';
import { readTokenScopes, type TokenScopes } from './grammar/token-scopes.js';
import { nothingWithheld, type WithholdingRules } from './consent/withheld.js';

/** Policies as they were at one time. */
export interface PolicyEdition {
  readonly policies: readonly AccessPolicy[];
  /** True if the server confirmed them so lately that they may permit something (ADR 47). */
  readonly isBelieved: boolean;
}

/** Policies that change while the server runs. */
export interface PolicySource {
  /** The last known one, another object for other policies. */
  readonly edition: PolicyEdition;
  /** Loads the policies anew if the last look is too long ago; undefined if not. Never rejects. */
  refresh(): Promise<void> | undefined;
}

/** Edition of policies that are part of the program. */
const fixedEdition: PolicyEdition = { policies: [], isBelieved: true };

export interface AccessSettings extends ValueSettings {
  /** Types that callers who are limited to one record may write although they decide who else sees it. */
  readonly patientWrites?: readonly string[] | undefined;
  /** True if users may export what they may read; otherwise only machines export. */
  readonly exportForUsers?: boolean | undefined;
}

/** Rules of an application that take elements out of single resources (docs/adr/0062). */
export interface HidingRules {
  /** True if a rule is about resources of the type. */
  appliesTo(type: string): boolean;
  elementsIn(resource: JsonObject, principal: Principal): readonly HiddenElement[];
}

/** Inputs of access decisions beside the caller: base, time zone, search parameters, policies, labels and Consents. */
export class AccessRules {
  private readonly scopes = new WeakMap<Principal, TokenScopes>();
  private granted = new WeakMap<Principal, ByNeed<readonly Grant[]>>();
  private readonly added: AccessPolicy[];
  private source: PolicySource | undefined;
  private consulted: ConsultedPolicy | undefined;
  private witness: ((decided: DecidedRequest) => void) | undefined;
  private hidingRules: HidingRules | undefined;
  private dependencies = new WeakMap<Principal, Dependencies>();
  private listing: ReadonlySet<string> | undefined;
  /** Policies and search parameters that the kept results were found with. */
  private cachedFor: Readonly<Record<'policies' | 'added' | 'generation' | 'revision', unknown>> = {
    policies: undefined,
    added: undefined,
    generation: undefined,
    revision: undefined,
  };
  /** Reads what policies constrain by. */
  readonly expressions: PolicyExpressions;

  constructor(
    private readonly settings: AccessSettings,
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

  /** True if users may export what they may read. */
  get usersMayExport(): boolean {
    return this.settings.exportForUsers === true;
  }

  get timeZone(): string {
    return this.settings.timeZone;
  }

  /** As last known. What is decided by them counts as long as their edition is believed: {@link confirm}. */
  get policies(): readonly AccessPolicy[] {
    return this.policiesOf(this.edition);
  }

  /** The policies of an edition, with those that are part of the program. */
  policiesOf({ policies }: PolicyEdition): readonly AccessPolicy[] {
    return policies.length === 0 ? this.added : [...this.added, ...policies];
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

  /** For an application with a decision point of its own, while it starts. */
  setDecisionPoint(point: AccessDecisionPoint): void {
    this.consulted = new ConsultedPolicy(point, this.expressions);
    this.addPolicies(this.consulted);
  }

  /**
   * Before anything is decided about a caller: the caller with what the decision point says, or the same one where there is
   * none. Whoever was not consulted about is permitted nothing. Rejects with `DecisionsUnavailable`.
   */
  consult(principal: Principal): Principal | Promise<Principal> {
    return this.consulted ? this.consulted.consult(principal) : principal;
  }

  /** For policies that change while the server runs. */
  setSource(source: PolicySource): void {
    this.source = source;
  }

  /** While the application starts. */
  setHiding(rules: HidingRules): void {
    this.hidingRules = rules;
  }

  /** Removes elements from single resources; undefined where nothing does. */
  get hiding(): HidingRules | undefined {
    return this.hidingRules;
  }

  /** Before a request is decided; undefined where nothing has to be looked up. */
  refresh(): Promise<void> | undefined {
    return this.source?.refresh();
  }

  /** True if any of these policies, or of those of modules, names a value set or a hierarchy. */
  nameCodes(policies: readonly AccessPolicy[]): boolean {
    return [...this.added, ...policies].some(({ terminology = [] }) => terminology.length > 0);
  }

  /** Reads the codes of the value sets and hierarchies that all policies name; true if some have changed. */
  readCodes(policies: readonly AccessPolicy[]): Promise<boolean> {
    return this.expressions.readCodes([...this.added, ...policies].flatMap(({ terminology = [] }) => terminology));
  }

  /** For modules that bring policies of their own, while the application starts. */
  addPolicies(...policies: readonly AccessPolicy[]): void {
    this.added.push(...policies);
  }

  /** The one that is told of each decided request, for trials of policies; while the application starts. */
  setWitness(witness: (decided: DecidedRequest) => void): void {
    this.witness = witness;
  }

  /** Tells a decision to who keeps shapes of requests. */
  witnessed<D extends DecidedRequest>(decided: D): D {
    this.witness?.(decided);
    return decided;
  }

  /** Copies these rules with other stored policies and without the decision point, for trials. */
  async withStored(stored: (expressions: PolicyExpressions) => readonly AccessPolicy[]): Promise<AccessRules> {
    const added = this.added.filter((policy) => policy !== this.consulted);
    const rules = new AccessRules(this.settings, this.parameters, added, this.withholding);
    rules.expressions.shareReader(this.expressions);
    const policies = stored(rules.expressions);
    rules.setSource({ edition: { policies, isBelieved: true }, refresh: () => undefined });
    await rules.readCodes(policies);
    return rules;
  }

  /** True if decisions rest on a point outside the stored policies. */
  get hasDecisionPoint(): boolean {
    return this.consulted !== undefined;
  }

  /**
   * Returns the same rules without policies, for tokens whose issuer is not verified: an invented token must not learn
   * how others are treated.
   */
  withoutPolicies(): AccessRules {
    return new AccessRules(this.settings, this.parameters, [], this.withholding);
  }

  /** Returns what the policies that limit a caller depend on. */
  dependenciesOf(principal: Principal): Dependencies {
    this.forgetOldPolicies();
    let found = this.dependencies.get(principal);
    if (!found) this.dependencies.set(principal, (found = dependenciesOf(principal, this)));
    return found;
  }

  readonly recordGuard: RecordGuard = (type) => {
    this.forgetOldPolicies();
    this.listing ??= typesThatList(this);
    return guardRecord(type, this.settings.patientWrites ?? [], this.listing);
  };

  /** Drops cached results when the policies or the search parameters have changed. */
  private forgetOldPolicies(): void {
    const { added, edition, parameters } = this;
    const { policies } = edition;
    const { generation, revision } = parameters;
    const of = this.cachedFor;
    if (
      of.policies === policies &&
      of.added === added.length &&
      of.generation === generation &&
      of.revision === revision
    )
      return;
    this.cachedFor = { policies, added: added.length, generation, revision };
    this.granted = new WeakMap();
    this.dependencies = new WeakMap();
    this.listing = undefined;
  }

  /** Returns the cached grants of a principal; the cache lives until policies or search parameters change. */
  grantsOf(principal: Principal): ByNeed<readonly Grant[]> {
    this.forgetOldPolicies();
    let grants = this.granted.get(principal);
    if (!grants) this.granted.set(principal, (grants = new ByNeed<readonly Grant[]>()));
    return grants;
  }

  /** Principals are shared by all requests with one token, so their scopes are read once; what is masked may change. */
  scopesOf(principal: Principal, answers = new PolicyAnswers(principal, this.policies)): TokenScopes {
    let scopes = this.scopes.get(principal);
    if (!scopes) this.scopes.set(principal, (scopes = readTokenScopes(principal, this)));
    if (answers.policies.length === 0 || scopes.usable.every(({ constraints }) => constraints.length === 0))
      return scopes;
    return ignoreMasked(scopes, (type) => masksOf(type, answers), this.parameters);
  }
}
