import type { Criterion } from '../../r4/search/query/criterion.js';
import { readMaskPath } from '../../r4/model/mask-path.js';
import type { Refusal } from '../../refusal/refusal.js';
import type { Principal } from '../../auth/principal.js';
import { guardPolicies } from './guard-policies.js';
import type { Dependencies } from './policy-dependencies.js';
import type { PolicyExpressions, ReadExpression } from './policy-expressions.js';
import type { AccessDecision, AccessPolicy, AccessQuery } from './policy.js';
import { PolicyAnswers } from './policy-answers.js';
import type { Mask, PolicyVerdict } from './verdict.js';

export type { Mask, PolicyVerdict } from './verdict.js';

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

/** Asks every policy; their verdicts intersect. `answers`: those that they gave before. */
export function judgePolicies(
  query: AccessQuery,
  judges: Judges,
  answers = new PolicyAnswers(query.principal, judges.policies),
): Judgement {
  if (answers.policies.length === 0) return withoutVerdicts;
  const decisions = answers.of(query.type, query.permission);
  const masks = masksOf(query.type, answers);
  const guard = guardPolicies(query, judges);
  if (decisions.length + masks.length + guard.refusals.length === 0) return withoutVerdicts;
  const { verdicts, refusals, rules } = judgeDecisions(query.type, decisions, answers.policies, judges.expressions);
  const maskedWrites = query.permission === 'u' ? masks.map((one) => maskedWrite(query.type, one)) : [];
  return {
    verdicts: [...verdicts, ...masks, ...guard.verdicts],
    refusals: [...refusals, ...maskedWrites, ...guard.refusals],
    rules,
  };
}

function judgeDecisions(
  type: string,
  decisions: readonly AccessDecision[],
  policies: readonly AccessPolicy[],
  expressions: PolicyExpressions,
): Judgement {
  const verdicts: PolicyVerdict[] = [];
  const refusals: Refusal[] = [];
  const rules: Criterion[] = [];
  for (const [i, decision] of decisions.entries()) {
    const policy = policies[i]!;
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
        const read = expressions.read(type, decision.expression);
        if ('ok' in read) rules.push(...read.ok);
        else refusals.push(denial(policy, unusable(read, policy)));
        break;
      }
      default:
        throw new Error(`Policy ${policy.name} gave no verdict.`);
    }
  }
  return { verdicts, refusals, rules };
}

/** No policy limits the caller: nothing that is written can be what one depends on. */
const withoutVerdicts: Judgement = { verdicts: [], refusals: [], rules: [] };
const noMasks: readonly Mask[] = [];

/** Returns the elements of a type that policies mask, by their path below the type. Found once for the answers. */
export function masksOf(type: string, answers: PolicyAnswers): readonly Mask[] {
  let masks = answers.masks.get(type);
  if (!masks) answers.masks.set(type, (masks = findMasks(type, answers)));
  return masks;
}

function findMasks(type: string, answers: PolicyAnswers): readonly Mask[] {
  // Reading and searching hide the same elements.
  const read = answers.of(type, 'r');
  const searched = answers.of(type, 's');
  if (read.length + searched.length === 0) return noMasks;
  return answers.policies.flatMap(({ name }, i) => maskOf(name, type, [...new Set([read[i], searched[i]])]));
}

type MaskDecision = Extract<AccessDecision, { readonly verdict: 'mask' }>;

const isMask = (decision: AccessDecision | undefined): decision is MaskDecision => decision?.verdict === 'mask';

function maskOf(policy: string, type: string, decisions: readonly (AccessDecision | undefined)[]): readonly Mask[] {
  const masking = decisions.filter(isMask);
  if (masking.length === 0) return noMasks;
  const elements = masking.flatMap((decision) => pathsOf(decision.elements, policy, type));
  if (elements.length === 0) return noMasks;
  const { because } = masking.at(-1)!;
  return [{ policy, verdict: 'mask', because, elements: [...new Set(elements)].toSorted() }];
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
