import type { Interaction } from '../../r4/rest/interaction.js';
import type { Refusal } from '../../refusal/refusal.js';
import type { DeclaredNeed } from '../decision.js';
import { isReading } from '../grammar/permission.js';
import type { RequestContext } from '../request-context.js';

/** Refuses tokens of one user or one patient where data of many patients are concerned. */
export function refusalsOfUsers(
  { principal, rules }: RequestContext,
  { operation }: Interaction,
  needs: readonly DeclaredNeed[],
): readonly Refusal[] {
  const ofMachines = needs.filter((need) => need.ofMachines);
  if (principal.kind === 'machine' || ofMachines.length === 0) return [];
  if (ofMachines.some(({ permission }) => !isReading(permission))) return [takesIn(operation)];
  if (rules.usersMayExport) return [];
  return [
    {
      code: 'operation-not-granted',
      fact: `$${operation} hands out the data of many patients, so it is for machines; this token is of a user.`,
      cure:
        'Use a token that a machine gets by client_credentials with system/ scopes. Where the operator sets EXPORT_FOR_USERS=on, ' +
        'users export what they may read.',
    },
  ];
}

const takesIn = (operation = ''): Refusal => ({
  code: 'operation-not-granted',
  fact: `$${operation} takes in the data of many patients, so it is for machines; this token is of a user.`,
  cure:
    'Use a token that a machine gets by client_credentials with system/ scopes that permit updates, such as system/*.cu. ' +
    'Users send a Bundle of type transaction.',
});
