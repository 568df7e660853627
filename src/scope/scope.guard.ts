import { type CanActivate, type ExecutionContext, Inject, Injectable, Optional } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { PerRoute } from '../auth/per-route.js';
import { Public } from '../auth/public.decorator.js';
import { inSpan } from '../observability/in-span.js';
import type { Interaction, InteractionKind } from '../r4/rest/interaction.js';
import { Refused } from '../refusal/refusal.js';
import { AccessRules } from './access-rules.js';
import type { Principal } from '../auth/principal.js';
import { ADDRESSED_REQUESTS, type AddressedRequest, type AddressedRequests, type Asked } from './addressed-requests.js';
import type { AccessRequest, Caller } from './decision.js';
import { PoliciesUnknown } from './policies/policies-unknown.js';
import { callerOf, type GuardedRequest, RequestContext } from './request-context.js';
import { decide } from './request-decision.js';
import { type RequiredPermission, Requires } from './requires.decorator.js';

/**
 * Decides what a request may do, before its body is read: by its address below the FHIR base, elsewhere by `@Requires`. Stands behind
 * JwtAuthGuard, or another guard that sets `request.principal`. Gives the request its {@link RequestContext}; rows are judged in SQL.
 */
@Injectable()
export class ScopeGuard implements CanActivate {
  private readonly routes: PerRoute<{
    readonly required: InteractionKind | RequiredPermission | undefined;
    readonly isPublic: boolean;
  }>;

  constructor(
    @Inject(Reflector) reflector: Reflector,
    @Inject(AccessRules) private readonly rules: AccessRules,
    @Optional() @Inject(ADDRESSED_REQUESTS) private readonly addressed?: AddressedRequests,
  ) {
    this.routes = new PerRoute((route) => ({
      required: reflector.getAllAndOverride(Requires, route),
      isPublic: reflector.getAllAndOverride(Public, route) !== undefined,
    }));
  }

  canActivate(execution: ExecutionContext): boolean | Promise<boolean> {
    const request = execution.getArgByIndex<AddressedRequest>(0);
    const { required, isPublic } = this.routes.of(execution);
    if (typeof required === 'object') return this.requirePermission(request, required);
    const isOpen = required === undefined && isPublic;
    if (!isOpen && this.addressed?.isGuarded(request)) {
      // The guard runs twice where it also guards the whole application.
      const decided =
        request.interaction ?? inSpan('decide', () => this.decide(request, execution.getArgByIndex<object>(1)));
      return decided instanceof Promise
        ? decided.then((interaction) => this.requireKind(interaction, required))
        : this.requireKind(decided, required);
    }
    if (required !== undefined) throw new Error(`@Requires('${required}') is for routes below the base of FhirModule.`);
    return this.withContext(request, () => true);
  }

  private requirePermission(request: GuardedRequest, required: RequiredPermission): boolean | Promise<boolean> {
    return this.withContext(request, (context) => this.permit(context, request, required));
  }

  private permit(context: RequestContext | undefined, request: GuardedRequest, required: RequiredPermission): true {
    if (!context) throw noCredentials();
    const type = required.type ?? request.params?.['type'];
    if (type === undefined) throw new Error('@Requires without a type needs a path parameter "type".');
    context.accessTo(type, required.permission);
    return true;
  }

  private withContext(
    request: GuardedRequest,
    then: (context: RequestContext | undefined) => true,
  ): boolean | Promise<boolean> {
    if (!request.principal || request.fhirContext) return then(request.fhirContext);
    const give = (principal: Principal): true => {
      request.principal = principal;
      return then((request.fhirContext = new RequestContext(principal, this.rules)));
    };
    const consulted = this.rules.consult(request.principal);
    return consulted instanceof Promise ? consulted.then(give) : give(consulted);
  }

  /** Routes such as `Patient/:id` also match addresses that mean something else, such as `Patient/_history`. */
  private requireKind(interaction: Interaction, kind: InteractionKind | undefined): true {
    if (kind !== undefined && interaction.kind !== kind) throw this.addressed!.notOffered(interaction);
    return true;
  }

  /** Policies that were not looked at for too long are looked up before they decide. */
  private decide(request: AddressedRequest, response: object): Interaction | Promise<Interaction> {
    const refreshed = this.rules.refresh();
    return refreshed ? refreshed.then(() => this.admit(request, response)) : this.admit(request, response);
  }

  private admit(request: AddressedRequest, response: object): Interaction | Promise<Interaction> {
    if (!request.principal) throw noCredentials();
    const asked = this.addressed!.read(request, response, request.principal);
    const consulted = this.rules.consult(asked.principal);
    if (!(consulted instanceof Promise)) return this.admitAs(consulted, request, asked);
    return consulted.then(
      (principal) => this.admitAs(principal, request, asked),
      (error: unknown) => {
        this.requireWithoutPolicies(request, asked);
        throw error;
      },
    );
  }

  private admitAs(principal: Principal, request: AddressedRequest, { access, trail, whenGone }: Asked): Interaction {
    const context = new RequestContext(principal, this.rules, trail, callerOf(principal, whenGone));
    this.requirePolicies(request, { access, principal });
    this.require(request, context, access);
    request.principal = principal;
    request.fhirContext = context;
    request.interaction = access.interaction;
    return access.interaction;
  }

  /** While nobody knows what policies say, nothing is permitted, but what the scopes do not grant is refused all the same. */
  private requirePolicies(request: AddressedRequest, asked: Pick<Asked, 'access' | 'principal'>): void {
    if (this.rules.edition.isBelieved) return;
    this.requireWithoutPolicies(request, asked);
    throw new PoliciesUnknown();
  }

  private requireWithoutPolicies(
    request: AddressedRequest,
    { access, principal }: Pick<Asked, 'access' | 'principal'>,
  ): void {
    this.require(request, new RequestContext(principal, this.rules.withoutPolicies()), access);
  }

  /** The decision stays with the request, for whoever writes down what was refused and why. */
  private require(request: AddressedRequest, caller: Caller, access: AccessRequest): void {
    request.decision = this.rules.witnessed(decide(caller, access));
    request.decision.require();
  }
}

const noCredentials = (): Refused =>
  new Refused([
    {
      code: 'no-credentials',
      fact: 'The request carries no credentials.',
      cure: 'Send Authorization: Bearer <access token>.',
    },
  ]);
