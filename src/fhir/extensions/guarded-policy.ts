import { Refused } from '../../refusal/refusal.js';
import type { AccessDecision, AccessPolicy, AccessQuery } from '../../scope/policies/policy.js';
import { frozen } from './content.js';
import { builtInName, type ExtensionCalls, type ExtensionCode } from './extension-calls.js';

const verdicts: ReadonlySet<unknown> = new Set([
  'abstain',
  'deny',
  'constrain',
  'mask',
] satisfies AccessDecision['verdict'][]);

/** A policy of a feature, called as all code of extensions is: one that fails denies, and the log names it. */
export function guardedPolicy(extension: string, policy: AccessPolicy, calls: ExtensionCalls): AccessPolicy {
  if (extension === builtInName) return policy;
  const { name, terminology, expressions } = policy;
  const code: ExtensionCode = { extension, point: 'policy', name };
  calls.declare(code);
  return {
    name,
    ...(terminology && { terminology }),
    ...(expressions && { expressions }),
    decide: (query) => {
      try {
        return decided(policy, query, { code, calls });
      } catch {
        throw failed(extension, name);
      }
    },
  };
}

interface Called {
  readonly code: ExtensionCode;
  readonly calls: ExtensionCalls;
}

function decided(policy: AccessPolicy, query: AccessQuery, { code, calls }: Called): AccessDecision {
  frozen(query.principal);
  const decision = calls.runNow(code, () => policy.decide({ ...query })) as AccessDecision | undefined;
  if (!verdicts.has(decision?.verdict)) throw calls.nonsense(code, 'returned something else than a decision');
  return decision!;
}

/** The limits and masks of the policy are unknown, so nothing is permitted. */
const failed = (extension: string, name: string): Refused =>
  new Refused([
    {
      code: 'policy-refused',
      fact: `The policy ${name} of ${extension} failed, and nothing is permitted without it.`,
      cure: 'This is a fault of the server. Its operator finds the failure of the policy in the log.',
    },
  ]);
