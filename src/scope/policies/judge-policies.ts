import type { Criterion } from '../../fhir/search/criterion.js';
import type { Refusal } from '../../refusal/refusal.js';
import type { AccessRules } from '../access-rules.js';
import type { PolicyExpressions } from './policy-expressions.js';
import type { AccessQuery } from './policy.js';

/** What one policy did to an access, for explanations. */
export interface PolicyVerdict {
  readonly policy: string;
  readonly verdict: 'deny' | 'constrain';
  readonly because: string;
  /** Of a policy that constrains. */
  readonly expression?: string;
}

interface Judgement {
  /** Of the policies that did not abstain. */
  readonly verdicts: readonly PolicyVerdict[];
  readonly refusals: readonly Refusal[];
  /** All of them must hold. */
  readonly rules: readonly Criterion[];
}

/** Asks every policy; their verdicts intersect. */
export function judgePolicies(query: AccessQuery, { policies, expressions }: AccessRules): Judgement {
  const verdicts: PolicyVerdict[] = [];
  const refusals: Refusal[] = [];
  const rules: Criterion[] = [];
  for (const policy of policies) {
    const decision = policy.decide(query);
    switch (decision.verdict) {
      case 'abstain':
        break;
      case 'deny':
        verdicts.push({ policy: policy.name, verdict: 'deny', because: decision.text });
        refusals.push({
          code: 'policy-refused',
          fact: `${decision.text} (policy ${policy.name}: ${decision.code})`,
          cure: `This is a rule of this server that no scope overrides. Ask its operator about the policy ${policy.name}.`,
        });
        break;
      case 'constrain':
        verdicts.push({ policy: policy.name, ...decision });
        rules.push(...criteriaOf(decision.expression, policy.name, query.type, expressions));
        break;
      default:
        throw new Error(`Policy ${policy.name} gave no verdict.`);
    }
  }
  return { verdicts, refusals, rules };
}

/** A policy that cannot be understood must not be skipped: it stops the request as a fault of the server. */
function criteriaOf(expression: string, policy: string, type: string, expressions: PolicyExpressions) {
  const read = expressions.read(type, expression);
  if ('why' in read) throw new Error(`Policy ${policy} gave an unusable search expression: ${read.why}`);
  return read.ok;
}
