import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Principal } from '../auth/principal.js';
import type { RequestCaller } from '../database/caller-shares.js';
import { Refused } from '../refusal/refusal.js';
import { Access } from './access.js';
import type { AccessRules, PolicyEdition } from './access-rules.js';
import type { AccessTrail } from './access-trail.js';
import { Basis } from './basis.js';
import { ByNeed } from './by-need.js';
import type { Deciding } from './granted-rows.js';
import type { Permission } from './grammar/permission.js';
import type { TokenScopes } from './grammar/token-scopes.js';
import { LaterRefusal } from './later-refusal.js';
import { covers } from './grammar/smart-scope.js';
import type { Reach } from './visible-sources.js';
import { type Mask, masksOf } from './policies/judge-policies.js';
import { PolicyAnswers } from './policies/policy-answers.js';

/** The context that decided an access, for what runs on the way of a write. */
export function contextOf({ decidedIn }: Access): RequestContext {
  if (!(decidedIn instanceof RequestContext)) throw new Error('The access was decided outside of any request.');
  return decidedIn;
}

/** The caller of one request and what they may do; first argument of everything that touches data. */
export class RequestContext implements Deciding {
  private readonly decisions = new ByNeed<Access | LaterRefusal>();
  private knownScopes: TokenScopes | undefined;
  private basis: Basis | undefined;
  private knownAnswers: PolicyAnswers | undefined;
  private knownRows: Deciding['known'] | undefined;
  /** Edition of the policies that made the decisions. */
  private edition: PolicyEdition | undefined;

  constructor(
    readonly principal: Principal,
    readonly rules: AccessRules,
    /** Audit trail of the request. */
    readonly trail?: AccessTrail,
    /** Caller whose share of the database the request uses. */
    readonly caller: RequestCaller = callerOf(principal),
  ) {}

  /** See {@link Deciding}. Few requests ask. */
  get known(): Deciding['known'] {
    return (this.knownRows ??= new Map());
  }

  /** Throws {@link Refused} with every reason. */
  accessTo<P extends Permission>(type: string, permission: P): Access<P> {
    const decision = this.decide(type, permission);
    if (decision instanceof LaterRefusal) throw decision.refused;
    return decision as Access<P>;
  }

  /** For an erasure, whose caller may delete every row: rows that Consents withhold from reading go as well. Throws {@link Refused}. */
  accessToErase(type: string): Access<'d'> {
    return this.accessTo(type, 'd').withoutConsent;
  }

  /** As {@link accessTo}; undefined if it is refused. */
  accessIfAny<P extends Permission>(type: string, permission: P): Access<P> | undefined {
    return this.may(type, permission) ? this.accessTo(type, permission) : undefined;
  }

  /** Masks of a type for the caller, with the policies that define them. */
  masksOf(type: string): readonly Mask[] {
    return masksOf(type, this.answers);
  }

  may(type: string, permission: Permission): boolean {
    return this.decide(type, permission) instanceof Access;
  }

  /** See {@link Deciding}. */
  get scopes(): Deciding['scopes'] {
    this.forgetOldPolicies();
    return (this.knownScopes ??= this.rules.scopesOf(this.principal, this.answers));
  }

  /** See {@link Deciding}. */
  get answers(): Deciding['answers'] {
    this.forgetOldPolicies();
    return (this.knownAnswers ??= new PolicyAnswers(this.principal, this.rules.policies));
  }

  /** True if some scope covers it, whatever else is against it. */
  isScoped(type: string, permission: Permission): boolean {
    return this.scopes.usable.some((scope) => covers(scope, type, permission));
  }

  private forgetOldPolicies(): void {
    const { edition } = this.rules;
    if (edition === this.edition) return;
    this.decisions.clear();
    this.knownRows?.clear();
    this.knownScopes = undefined;
    this.knownAnswers = undefined;
    this.basis = undefined;
    this.edition = edition;
  }

  private decide(type: string, permission: Permission): Access | LaterRefusal {
    this.forgetOldPolicies();
    return (
      this.decisions.get(type, permission) ?? this.decisions.set(type, permission, this.decideAnew(type, permission))
    );
  }

  private decideAnew(type: string, permission: Permission): Access | LaterRefusal {
    this.basis ??= new Basis(this.principal, this, this.rules.edition);
    try {
      const judged = Access.judge(type, permission, this.basis);
      return judged instanceof LaterRefusal ? judged : judged.notedIn(this.trail, this.caller);
    } catch (error) {
      // Thrown by the policy of an extension.
      if (error instanceof Refused) return new LaterRefusal(() => error);
      throw error;
    }
  }

  /** Access to other types, for types whose visibility is derived; empty, without reasons, where no scope covers it. */
  readonly reach: Reach = (type, permission) => {
    const decision = this.isScoped(type, permission) ? this.decide(type, permission) : undefined;
    return decision instanceof Access ? decision.grants : [];
  };
}

/**
 * Key of callers that share a limit (ADR 48): all tokens of one user, for any app, and all of one machine. So nobody
 * gets more by another token or another client.
 */
export function callerOf(principal: Principal, whenGone?: RequestCaller['whenGone']): RequestCaller {
  let key = callerKeys.get(principal);
  if (key === undefined) {
    const { issuer, kind, subject, clientId = subject } = principal;
    callerKeys.set(principal, (key = `${kind} ${kind === 'machine' ? clientId : subject} ${issuer}`));
  }
  return { key, whenGone };
}

/** All requests with one token have one principal. */
const callerKeys = new WeakMap<Principal, string>();

/** A request on its way through the guards, whatever the HTTP platform. */
export interface GuardedRequest {
  principal?: Principal;
  fhirContext?: RequestContext;
  params?: Readonly<Record<string, string | undefined>>;
}

/** The caller's {@link RequestContext}, as a handler's argument. */
export const Context = createParamDecorator((_: unknown, execution: ExecutionContext): RequestContext => {
  const { fhirContext } = execution.switchToHttp().getRequest<GuardedRequest>();
  // Building one here would forget the policies, so a route without the guard is a fault.
  if (!fhirContext) throw new Error('@Context() needs a route behind ScopeGuard and a caller with credentials.');
  return fhirContext;
});
