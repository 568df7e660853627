import type { Principal } from '../../auth/principal.js';
import { administers } from '../admin-rights.js';
import type { ConsentSubject } from '../grant.js';
import type { Permission } from '../grammar/permission.js';
import { subjectOf, whyConsentIsLifted, type WithholdingRules } from './withheld.js';

/** Whether the caller leaves Consents, and what they go by, to others (ADR 42). The glass is broken to look, not to change. */
export const isBoundByConsents = (principal: Principal, rules: WithholdingRules): boolean =>
  [undefined, 'break-glass'].includes(whyConsentIsLifted(principal, rules)) && !administers(principal, 'Policy', 'u');

/** Who may not change a Consent that limits them; undefined where nothing is changed, or nothing limits. */
export const boundToConsents = (
  principal: Principal,
  { type, permission }: { readonly type: string; readonly permission: Permission },
  rules: WithholdingRules,
): ConsentSubject | undefined =>
  type === 'Consent' && (permission === 'u' || permission === 'd') && isBoundByConsents(principal, rules)
    ? subjectOf(principal, permission)
    : undefined;
