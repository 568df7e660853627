import type { Principal } from '../../auth/principal.js';
import type { GroupsOf } from './stored-policy.js';

/** Stored groups of a user of this server; of others, the claim `groups`, whose form has been checked. */
export const groupsIn =
  (members: ReadonlyMap<string, ReadonlySet<string>>): GroupsOf =>
  ({ local, kind, subject, claims }) => {
    if (local && kind === 'user') return [...members].filter(([, names]) => names.has(subject)).map(([name]) => name);
    const claimed = claims['groups'] as string | readonly string[] | undefined;
    if (claimed === undefined) return leavesGroupsOut(claims) ? undefined : [];
    return typeof claimed === 'string' ? [claimed] : claimed;
  };

/** Entra ID's overage: a token that is too small for the groups says where to ask for them (OpenID Connect Core, section 5.6.2). */
const leavesGroupsOut = ({ hasgroups, _claim_names: names }: Principal['claims']): boolean =>
  (hasgroups !== undefined && hasgroups !== false) ||
  (typeof names === 'object' && names !== null && Object.hasOwn(names, 'groups'));
