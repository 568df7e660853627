import { listed } from '../../r4/errors/listed.js';
import type { Principal } from '../../auth/principal.js';
import type { Refusal } from '../../refusal/refusal.js';
import { administers } from '../administration/admin-rights.js';
import { isReading, type Permission, permissionWords } from '../grammar/permission.js';
import type { Dependencies } from './policy-dependencies.js';

interface Guarded {
  readonly principal: Principal;
  readonly type: string;
  readonly permission: Permission;
}

/** Verdicts and refusals against a write, because a policy that limits the caller depends on the type (ADR 42). */
export interface Guard {
  readonly verdicts: readonly { readonly policy: string; readonly verdict: 'deny'; readonly because: string }[];
  readonly refusals: readonly Refusal[];
}

const nothing: Guard = { verdicts: [], refusals: [] };

/** Refuses changes of what limits the caller, unless the caller may change policies. */
export function guardPolicies(
  { principal, type, permission }: Guarded,
  judges: { dependenciesOf(principal: Principal): Dependencies },
): Guard {
  if (isReading(permission)) return nothing;
  const found = judges.dependenciesOf(principal).of(type, permission);
  if (found.length === 0 || administers(principal, 'Policy', 'u')) return nothing;
  return {
    verdicts: found.map(({ policy, limits }) => ({
      policy,
      verdict: 'deny',
      because: `it limits ${listed(limits, most)} by what ${type} says`,
    })),
    refusals: found.map(({ policy, limits }) => ({
      code: 'policy-relevant',
      fact: `The policy ${policy} limits what you reach of ${listed(limits, most)} by what ${type} says, so whom it limits cannot ${permissionWords[permission]} a ${type}.`,
      cure:
        `Have somebody do it whom the policy does not limit, or who has the right admin/Policy.u. Its administrators may assign the policy to fewer ` +
        `users, clients or groups; a policy that limits ${type} by the same expression lets them write the ${type} that it leaves.`,
    })),
  };
}

const most = 5;
