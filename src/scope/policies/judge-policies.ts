import type { Criterion } from '../../r4/search/query/criterion.js';
import { readMaskPath } from '../../r4/model/mask-path.js';
import type { Refusal } from '../../refusal/refusal.js';
import type { Principal } from '../../auth/principal.js';
import { guardPolicies } from './guard-policies.js';
import type { Dependencies } from './policy-dependencies.js';
import type { PolicyExpressions, ReadExpression } from './policy-expressions.js';
import type { Permission } from '../grammar/permission.js';
import type { AccessDecision, AccessPolicy, AccessQuery } from './policy.js';

/** Effect of one policy on an access, for explanations. */
export interface PolicyVerdict {
  readonly policy: string;
  readonly verdict: 'deny' | 'constrain' | 'mask';
  readonly because: string;
  /** Set by a policy that constrains. */
  readonly expression?: string;
  /** Set by a policy that masks. */
  readonly elements?: readonly string[];
}

/** Elements of a type that a policy masks. */
export interface Mask extends PolicyVerdict {
  /** Paths below the type. */
  readonly elements: readonly string[];
}

interface Judgement {
  /** Verdicts of the policies that did not abstain. */
  readonly verdicts: readonly PolicyVerdict[];
  readonly refusals: readonly Refusal[];
  /** All of them must hold. */
  readonly rules: readonly Criterion[];
}

/** Policies to ask, and the reader of their constraints. */
interface Judges {
  readonly policies: readonly AccessPolicy[];
  readonly expressions: PolicyExpressions;
  dependenciesOf(principal: Principal): Dependencies;
}

/** Asks every policy; their verdicts intersect. */
export function judgePolicies(query: AccessQuery, judges: Judges): Judgement {
  const { policies, expressions } = judges;
  if (policies.length === 0) return withoutPolicies;
  const verdicts: PolicyVerdict[] = [];
  const refusals: Refusal[] = [];
  const rules: Criterion[] = [];
  const ask = askingOnce(query);
  for (const policy of policies) {
    const decision = ask(policy, query.permission);
    switch (decision.verdict) {
      case 'abstain':
        break;
      case 'deny':
        verdicts.push({ policy: policy.name, verdict: 'deny', because: decision.text });
        refusals.push(denial(policy, decision));
        break;
      case 'mask':
        // Masks are the same for every permission: see masksOf.
        break;
      case 'constrain': {
        verdicts.push({ policy: policy.name, ...decision });
        const read = expressions.read(query.type, decision.expression);
        if ('ok' in read) rules.push(...read.ok);
        else refusals.push(denial(policy, unusable(read, policy)));
        break;
      }
      default:
        throw new Error(`Policy ${policy.name} gave no verdict.`);
    }
  }
  const masks = masksOf(query, policies, ask);
  verdicts.push(...masks);
  if (query.permission === 'u') refusals.push(...masks.map((one) => maskedWrite(query.type, one)));
  const guard = guardPolicies(query, () => judges.dependenciesOf(query.principal).of(query.type, query.permission));
  return { verdicts: [...verdicts, ...guard.verdicts], refusals: [...refusals, ...guard.refusals], rules };
}

/** No policy limits anybody, so nothing that is written can be what a policy depends on. */
const withoutPolicies: Judgement = { verdicts: [], refusals: [], rules: [] };
const noMasks: readonly Mask[] = [];

type Ask = (policy: AccessPolicy, permission: Permission) => AccessDecision;

const asking =
  ({ principal, type }: Omit<AccessQuery, 'permission'>): Ask =>
  (policy, permission) =>
    policy.decide({ principal, type, permission });

/** Asks policies about one caller and type; none is asked twice for the same permission. */
function askingOnce(query: Omit<AccessQuery, 'permission'>): Ask {
  const ask = asking(query);
  const answers = new Map<AccessPolicy, Map<Permission, AccessDecision>>();
  return (policy, permission) => {
    const known = answers.get(policy) ?? new Map<Permission, AccessDecision>();
    answers.set(policy, known);
    const answer = known.get(permission) ?? ask(policy, permission);
    known.set(permission, answer);
    return answer;
  };
}

/** Returns the elements of a type that policies mask, by their path below the type. */
export function masksOf(
  query: Omit<AccessQuery, 'permission'>,
  policies: readonly AccessPolicy[],
  ask: Ask = asking(query),
): readonly Mask[] {
  if (policies.length === 0) return noMasks;
  const { type } = query;
  const masks: Mask[] = [];
  for (const policy of policies) {
    const elements: string[] = [];
    let because = '';
    // Reading and searching hide the same elements.
    for (const permission of ['r', 's'] as const) {
      const decision = ask(policy, permission);
      if (decision.verdict !== 'mask') continue;
      elements.push(...pathsOf(decision.elements, policy.name, type));
      ({ because } = decision);
    }
    if (elements.length > 0)
      masks.push({ policy: policy.name, verdict: 'mask', because, elements: [...new Set(elements)].toSorted() });
  }
  return masks;
}

/** A mask that cannot be understood must not be skipped either. */
function pathsOf(elements: readonly string[], policy: string, type: string): readonly string[] {
  return elements.flatMap((text) => {
    const read = readMaskPath(text);
    if ('why' in read) throw new Error(`Policy ${policy} masks what cannot be masked: ${read.why}`);
    return read.type === type ? [read.path] : [];
  });
}

/**
 * Refusal for a write to a masked resource: a caller who does not see all of it cannot replace it (docs/adr/0027).
 * `holder`: the address of the resource that holds it.
 */
export function maskedWrite(type: string, { policy, elements }: Mask, holder?: string): Refusal {
  const place = holder === undefined ? 'You' : `${holder} holds a ${type}, and you`;
  const change = holder === undefined ? 'cannot change it' : 'cannot change it or what holds it';
  return {
    code: 'element-masked',
    fact: `${place} are not shown ${writtenPaths(type, elements)} (policy ${policy}), so what you send would replace what you cannot see.`,
    cure: `Whoever is not shown all of a ${type} ${change}, by PUT or PATCH. Have somebody without this policy change it.`,
  };
}

/** As {@link maskedWrite}, for a version that a hook of an extension takes something out of. */
export const hiddenWrite = (address: string, hook: string): Refusal => ({
  code: 'element-masked',
  fact: `You are not shown all of ${address} (hook ${hook}), so what you send would replace what you cannot see.`,
  cure: 'Whoever is not shown all of a resource cannot change it by PUT or PATCH. Have somebody change it who is shown all of it.',
});

/** As policies write them. */
export const writtenPaths = (type: string, elements: readonly string[]): string =>
  elements.map((path) => `${type}.${path}`).join(', ');

interface Denial {
  readonly code: string;
  readonly text: string;
  readonly cure?: string;
}

const denial = ({ name }: AccessPolicy, { code, text, cure }: Denial): Refusal => ({
  code: 'policy-refused',
  fact: `${text} (policy ${name}: ${code})`,
  cure: cure ?? `This is a rule of this server that no scope overrides. Ask its operator about the policy ${name}.`,
});

/** A policy that cannot be understood must not be skipped: it stops the request, as a fault of the server where it is one. */
function unusable({ why, isUnlisted }: Extract<ReadExpression, { readonly why: string }>, { name }: AccessPolicy) {
  if (!isUnlisted) throw new Error(`Policy ${name} gave an unusable search expression: ${why}`);
  return { code: 'broken', text: notUnderstood(why) };
}

export const notUnderstood = (why: string): string =>
  `A policy limits what you see, and it cannot be understood: ${why}`;
