import type { Principal } from '../../auth/principal.js';
import { administers } from '../admin-rights.js';
import type { ConsentSubject } from '../grant.js';
import type { Permission } from '../grammar/permission.js';
import { subjectOf, whyConsentIsLifted, type WithholdingRules } from './withheld.js';

/**
 * True if the caller may not change Consents, nor what they depend on (ADR 42). Breaking the glass permits no change.
 */
export const isBoundByConsents = (principal: Principal, rules: WithholdingRules): boolean =>
  [undefined, 'break-glass'].includes(whyConsentIsLifted(principal, rules)) && !administers(principal, 'Policy', 'u');

/** Subject whose Consents the caller may not change; undefined where nothing is changed, or nothing limits. */
export const boundToConsents = (
  principal: Principal,
  { type, permission }: { readonly type: string; readonly permission: Permission },
  rules: WithholdingRules,
): ConsentSubject | undefined =>
  type === 'Consent' && (permission === 'u' || permission === 'd') && isBoundByConsents(principal, rules)
    ? subjectOf(principal, permission)
    : undefined;
