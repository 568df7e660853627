import { AccessPolicies } from '../../fhir/storage/policies/access-policies.js';
import type { StoredPolicy } from '../../scope/policies/stored-policy.js';
import { type PolicyGroup, readPolicyGroup } from '../../scope/policies/read-stored-policy.js';
import { commandLine } from '../command-line-user.js';
import type { OpenServer } from '../open-server.js';
import type { Declarations } from './declarations.js';
import { planNamed } from './plan-named.js';
import type { PlannedChange } from './planned-change.js';
import { readAll } from './read-declared.js';

/** Plans the changes of policies and groups to the declared ones. Others stay. */
export async function planPolicies(
  server: OpenServer,
  declarations: Pick<Declarations, 'policies' | 'policyGroups'>,
): Promise<readonly PlannedChange[]> {
  const store = server.get(AccessPolicies);
  const { policies: wanted, groups } = await readPolicies(server, declarations);
  return [
    ...planNamed('policy group', groups, await store.listGroups(), (group) => store.putGroup(group, commandLine())),
    ...planNamed('policy', wanted, await store.list(), (policy) => store.put(policy, commandLine())),
  ];
}

/** Reads the declared policies and groups; throws with all that is wrong with any. */
export async function readPolicies(
  server: OpenServer,
  { policies, policyGroups }: Pick<Declarations, 'policies' | 'policyGroups'>,
): Promise<{ readonly policies: readonly StoredPolicy[]; readonly groups: readonly PolicyGroup[] }> {
  const groups = await readAll(policyGroups, readPolicyGroup);
  return { groups, policies: await readAll(policies, (form) => server.get(AccessPolicies).check(form)) };
}
