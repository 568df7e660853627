import { Refused } from '../../../refusal/refusal.js';
import { grantWords } from '../../../scope/explain/words.js';
import { covers } from '../../../scope/grammar/smart-scope.js';
import { judgePolicies } from '../../../scope/policies/judge-policies.js';
import type { RequestContext } from '../../../scope/request-context.js';

/** Kind of rule that keeps rows from a user. `labels-or-consents` for administrators who may not search Consents. */
export type Limit = 'scopes' | 'policies' | 'labels' | 'consents' | 'labels-or-consents';

/** Rows of one type in the record that the administrator is shown, and how many of them the user would be. */
export interface TypeSight {
  readonly type: string;
  readonly yours: number;
  /** There are more than were looked at. */
  readonly isPart?: boolean;
  readonly shown: number;
  /** `read`: by id only, no search finds them. */
  readonly way: 'search' | 'read' | 'none';
  /** Rows that are kept from the user, by the first limit whose end would show them; none where all are shown. */
  readonly withheld: Readonly<Partial<Record<Limit, number>>>;
  /** Scopes of the token that open the type. */
  readonly scopes: readonly string[];
  /** Ways to rows, in words; any of them. */
  readonly reach: readonly string[];
  /** Policies that have a say, with their reasons. */
  readonly policies: readonly string[];
  /** Reasons why nothing is shown, where the type is refused as a whole. */
  readonly refusals: readonly string[];
}

export interface SightOfRecord {
  /** Types with rows that the administrator is shown. */
  readonly types: readonly TypeSight[];
  /** Types of which nothing is told, since the administrator may not search and read them. */
  readonly untold: readonly string[];
  /** Types that were not looked at, since the record is too large. */
  readonly leftOut: readonly string[];
}

export const wayTo = (context: RequestContext, type: string): TypeSight['way'] =>
  context.may(type, 's') ? 'search' : context.may(type, 'r') ? 'read' : 'none';

/** Rules that decide about a type, in words, from what the decision itself was made of. */
export function limitsOf(
  context: RequestContext,
  type: string,
): Pick<TypeSight, 'scopes' | 'reach' | 'policies' | 'refusals'> {
  const permission = wayTo(context, type) === 'read' ? 'r' : 's';
  const { principal, rules } = context;
  const scopes = rules.scopesOf(principal).usable.filter((scope) => covers(scope, type, permission));
  const verdicts = scopes.length === 0 ? [] : judgePolicies({ principal, type, permission }, rules).verdicts;
  return {
    scopes: scopes.map(({ text }) => text),
    policies: verdicts.map(({ policy, verdict, because }) => `${policy} (${verdict}): ${because}`),
    ...decided(context, type, permission),
  };
}

function decided(context: RequestContext, type: string, permission: 'r' | 's'): Pick<TypeSight, 'reach' | 'refusals'> {
  try {
    const { grants } = context.accessTo(type, permission);
    return { reach: [...new Set(grants.map(grantWords))], refusals: [] };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { reach: [], refusals: error.refusals.map(({ fact }) => fact) };
  }
}
