import type { Principal } from '../auth/principal.js';
import type { RequestCaller } from '../database/caller-shares.js';
import type { Interaction } from '../r4/rest/interaction.js';
import type { AccessTrail } from './access-trail.js';
import type { AccessRequest, Decision } from './decision.js';
import type { GuardedRequest } from './request-context.js';

/** Injection token of {@link AddressedRequests}. */
export const ADDRESSED_REQUESTS = Symbol('ADDRESSED_REQUESTS');

/** A request whose address names what it asks for. */
export interface AddressedRequest extends GuardedRequest {
  interaction?: Interaction;
  /** Decision about the request, also of a refused one. */
  decision?: Decision;
}

/** Parts of a request that the decision about it is made from. */
export interface Asked {
  readonly access: AccessRequest & { readonly interaction: Interaction };
  /** The caller, with the purpose of the request. */
  readonly principal: Principal;
  readonly trail?: AccessTrail | undefined;
  /** Calls back when nobody waits for the answer any more. */
  readonly whenGone: RequestCaller['whenGone'];
}

/** Knowledge of requests below the FHIR base that ScopeGuard needs; FhirModule has it. */
export interface AddressedRequests {
  /** True if nobody is served without a decision: below the base, and no open document. */
  isGuarded(request: object): boolean;
  /** Throws 404 and 405 for addresses and operations that are not offered. */
  read(request: object, response: object, principal: Principal): Asked;
  /** The answer of a route that is for another interaction than the address names. */
  notOffered(interaction: Interaction): Error;
}
