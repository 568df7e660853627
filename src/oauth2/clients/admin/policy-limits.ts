import { resourceTypes } from '../../../r4/model/resource-types.js';
import type { Principal } from '../../../auth/principal.js';
import type { AccessPolicy } from '../../../scope/policies/policy.js';
import { type AnyScope, coversType, readScope } from '../../../scope/grammar/smart-scope.js';

/** Types and permissions that scopes are about. */
export function accessesOf(scopes: readonly AnyScope[]) {
  return [...resourceTypes].flatMap((type) =>
    [...new Set(scopes.filter((scope) => coversType(scope.type, type)).flatMap((scope) => scope.permissions))].map(
      (permission) => ({ type, permission }),
    ),
  );
}

/** True if some of the policies say something about what the principal may do as a user. */
export function areLimiting(policies: readonly AccessPolicy[], principal: Principal): boolean {
  const scopes = principal.scopes.flatMap((text) => readScope(text) ?? []).filter(({ context }) => context === 'user');
  const accesses = accessesOf(scopes);
  return policies.some((policy) =>
    accesses.some((access) => policy.decide({ principal, ...access }).verdict !== 'abstain'),
  );
}
