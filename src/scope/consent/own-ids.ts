import type { Principal } from '../../auth/principal.js';
import type { AccessRules } from '../access-rules.js';

/**
 * Returns why the caller may create at ids of their own although Consents deny something; undefined if not (ADR 44).
 * This is less than an exemption: it lets nobody read or change what is withheld.
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
