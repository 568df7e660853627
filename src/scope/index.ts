/**
 * Decisions about callers: SMART scopes, policies that narrow them, and refusals that say every reason.
 *
 * @packageDocumentation
 */
export { ACCESS_DECISION, type AccessDecisionPoint } from './decision-point/access-decision-point.js';
export type { AdminArea } from './grammar/admin-scope.js';
export type { Permission } from './grammar/permission.js';
export {
  abstain,
  type AccessDecision,
  type AccessPolicy,
  type AccessQuery,
  constrain,
  deny,
  escapeValue,
  mask,
  search,
} from './policies/policy.js';
export { RefusalFilter } from './refusal.filter.js';
export { Context, RequestContext } from './request-context.js';
export { type RequiredPermission, Requires } from './requires.decorator.js';
export { ScopeGuard } from './scope.guard.js';
export { ScopeModule, type ScopeModuleAsyncOptions } from './scope.module.js';
export type { ScopeOptions } from './scope-options.js';
export type { RefusalLinks } from '../refusal/challenge.js';
export type { ReasonCode } from '../refusal/reasons.js';
export { type Refusal, Refused } from '../refusal/refusal.js';
