import { listed } from '../../../r4/errors/listed.js';
import { denialReasonSystem } from '../../../refusal/denial-code-system.js';
import type { ReasonCode } from '../../../refusal/reasons.js';
import { Refused } from '../../../refusal/refusal.js';
import type { RequestContext } from '../../../scope/request-context.js';
import type { Issue } from '../../../r4/errors/fhir-error.js';
import type { Unfollowed } from '../../../r4/search/query/criterion.js';
import type { Include } from '../../../r4/search/links/include.js';

const mostListed = 5;

/** An include that leads to types the caller may not search: the matches stay, and this says what would help. */
export const withheldIssue = (context: RequestContext, { text, withheld }: Include): Issue =>
  remark(context, withheld, { code: 'include-filtered', fact: `${text} includes nothing of` });

/** A chain without a type that could lead to types the caller may not search: it is followed to the others. */
export const unfollowedIssue = (context: RequestContext, { name, types }: Unfollowed): Issue =>
  remark(context, types, { code: 'chain-filtered', fact: `${name} is not followed to` });

interface Remark {
  readonly code: ReasonCode;
  readonly fact: string;
}

function remark(context: RequestContext, withheld: readonly string[], { code, fact }: Remark): Issue {
  return {
    severity: 'warning',
    code: 'suppressed',
    details: {
      coding: [{ system: denialReasonSystem(context.rules.base), code }],
      text: `${fact} ${listed(withheld, mostListed)}, which the token does not permit to search.`,
    },
    diagnostics: curesOf(context, withheld).join(' '),
  };
}

const curesOf = (context: RequestContext, types: readonly string[]): readonly string[] =>
  types.slice(0, mostListed).flatMap((type) => {
    try {
      context.accessTo(type, 's');
      return [];
    } catch (error) {
      if (error instanceof Refused) return error.refusals.map(({ cure }) => cure);
      throw error;
    }
  });
