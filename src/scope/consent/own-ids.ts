import type { Principal } from '../../auth/principal.js';
import type { AccessRules } from '../access-rules.js';

/**
 * Why the caller may create at ids of their own although Consents deny something; undefined where they may not (ADR 44). It is
 * less than to be exempt: nothing that is withheld can be read or changed by it.
 */
export function whyOwnIds(principal: Principal, rules: AccessRules): 'given' | 'writes-everything' | undefined {
  if (principal.ownIds === true) return 'given';
  if (principal.kind !== 'machine') return undefined;
  const unlimited = rules
    .scopesOf(principal)
    .usable.filter(({ type, constraints, owner }) => type === '*' && constraints.length === 0 && owner === undefined);
  const letters = new Set(unlimited.flatMap(({ permissions }) => permissions));
  return letters.has('c') && letters.has('u') ? 'writes-everything' : undefined;
}
