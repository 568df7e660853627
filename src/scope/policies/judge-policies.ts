import type { Filter } from '../../fhir/search/filter.js';
import type { Refusal } from '../../refusal/refusal.js';
import type { AccessRules } from '../access-rules.js';
import { parseConstraints, resolveConstraints } from '../scope-constraints.js';
import type { AccessQuery } from './policy.js';

interface Judgement {
  readonly refusals: readonly Refusal[];
  /** All of them must match. */
  readonly where: readonly Filter[];
}

/** Asks every policy; their verdicts intersect. */
export function judgePolicies(query: AccessQuery, rules: AccessRules): Judgement {
  const refusals: Refusal[] = [];
  const where: Filter[] = [];
  for (const policy of rules.policies) {
    const decision = policy.decide(query);
    switch (decision.verdict) {
      case 'abstain':
        break;
      case 'deny':
        refusals.push({
          code: 'policy-refused',
          fact: `${decision.text} (policy ${policy.name}: ${decision.code})`,
          cure: `This is a rule of this server that no scope overrides. Ask its operator about the policy ${policy.name}.`,
        });
        break;
      case 'constrain':
        where.push(...filtersOf(decision.expression, policy.name, query.type, rules));
        break;
      default:
        throw new Error(`Policy ${policy.name} gave no verdict.`);
    }
  }
  return { refusals, where };
}

/** A policy that cannot be understood must not be skipped: it stops the request as a fault of the server. */
function filtersOf(expression: string, policy: string, type: string, rules: AccessRules): readonly Filter[] {
  const [, ownType, query] = /^(?:([A-Za-z]+)\?)?(.*)$/s.exec(expression)!;
  if (ownType !== undefined && ownType !== type) {
    throw new Error(`Policy ${policy} constrains ${ownType} where ${type} was asked about.`);
  }
  const constraints = parseConstraints(query!);
  const filters = 'ok' in constraints ? resolveConstraints(constraints.ok, type, rules) : constraints;
  if ('why' in filters) throw new Error(`Policy ${policy} gave an unusable search expression: ${filters.why}.`);
  return filters.ok;
}
