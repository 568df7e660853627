import { Inject, Injectable } from '@nestjs/common';
import { LocalAccounts, type UserAccount } from '../../../auth/accounts/local-accounts.js';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../../../auth/accounts/local-auth.options.js';
import type { Principal } from '../../../auth/principal.js';
import { AccessPolicies } from '../../../fhir/storage/policies/access-policies.js';
import { Refused, type Refusal } from '../../../refusal/refusal.js';
import { AccessRules } from '../../../scope/access-rules.js';
import { adminScopesOf, mayAdministerAs } from '../../../scope/administration/admin-rights.js';
import { scopeWithin } from '../../../scope/grammar/smart-scope.js';
import { groupsIn } from '../../../scope/policies/groups-of.js';
import type { PolicyGroup } from '../../../scope/policies/read-stored-policy.js';
import { accessPoliciesOf, type StoredPolicy } from '../../../scope/policies/stored-policy.js';
import { accountPrincipal } from '../../pages/patients/account-principal.js';
import { areLimiting } from './policy-limits.js';

const pageOfAccounts = 500;

/**
 * Keeps somebody who can take a policy back: nobody changes what limits him (docs/adr/0038), so a policy that limits every
 * administrator of policies could only be changed on the server itself (docs/adr/0101).
 */
@Injectable()
export class PolicyKeepers {
  constructor(
    private readonly accounts: LocalAccounts,
    private readonly rules: AccessRules,
    private readonly policies: AccessPolicies,
    @Inject(LOCAL_AUTH_OPTIONS) private readonly options: LocalAuthOptions,
  ) {}

  /** Throws {@link Refused} where nobody could change one of the policies any more. `groups`: those that change with them. */
  async require(
    caller: Principal,
    policies: readonly StoredPolicy[],
    groups: readonly PolicyGroup[] = [],
  ): Promise<void> {
    for (const policy of policies) {
      const refusal = await this.whyNobodyKeeps(caller, policy, groups);
      if (refusal) throw new Refused([refusal]);
    }
  }

  /** As {@link require}, for a group: judges the policies that are for it. */
  async requireForGroup(caller: Principal, group: PolicyGroup): Promise<void> {
    const assigned = (await this.policies.list()).filter(({ assignedTo }) => assignedTo.groups?.includes(group.name));
    await this.require(caller, assigned, [group]);
  }

  /** The reason against a policy that nobody could change any more; undefined where somebody could. */
  async whyNobodyKeeps(
    caller: Principal,
    policy: StoredPolicy,
    groups: readonly PolicyGroup[] = [],
  ): Promise<Refusal | undefined> {
    const stored = (await this.policies.listGroups()).filter(({ name }) => groups.every((one) => one.name !== name));
    const members = new Map([...stored, ...groups].map((group) => [group.name, new Set(group.members)]));
    const made = accessPoliciesOf(policy, groupsIn(members), this.rules.expressions);
    // Administrators of another issuer are known only while they call.
    if (!caller.local && !areLimiting(made, caller)) return undefined;
    for (let after = ''; ;) {
      const page = await this.accounts.list(after, pageOfAccounts);
      const keeps = (account: UserAccount): boolean =>
        isKeeper(account) && !areLimiting(made, accountPrincipal(account, this.options.issuer));
      if (page.some(keeps)) return undefined;
      if (page.length < pageOfAccounts) return lockedOut(policy.name);
      after = page.at(-1)!.name;
    }
  }
}

const isKeeper = ({ disabledAt, fhirUser, grants }: UserAccount): boolean =>
  disabledAt === null &&
  mayAdministerAs(fhirUser) &&
  adminScopesOf(grants).some((granted) => ['u', 'd'].some((letter) => scopeWithin(`admin/Policy.${letter}`, granted)));

const lockedOut = (name: string): Refusal => ({
  code: 'beyond-own-rights',
  fact: `The policy ${name} would limit every user who may change policies, and nobody changes what limits him: nobody could take it back.`,
  cure: `Assign it to fewer users, clients or groups; or first make a user with admin/Policy.cruds and no scopes for resources. On the server itself, lanyard policy set and lanyard policy remove ${name} are not limited.`,
});
