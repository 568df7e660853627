import { z } from 'zod';
import { InvalidRequest, type Issue } from '../../r4/errors/fhir-error.js';
import { readMaskPath } from '../../r4/model/mask-path.js';
import { printable } from '../../r4/errors/request-errors.js';
import { isResourceType, resourceTypes, suggestType } from '../../r4/model/resource-types.js';
import { needsTerminology } from '../../r4/terminology/value-sets/expand-criteria.js';
import { type Permission, permissions } from '../grammar/permission.js';
import { hasPlaceholder, placeholderProblem, samplesOf } from './placeholders.js';
import type { PolicyExpressions } from './policy-expressions.js';
import { accessPoliciesOf, type StoredPolicy, type StoredRule } from './stored-policy.js';

const name = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'small letters, digits and . _ - only, 64 at most');
const text = z.string().min(1).max(2000);
const names = z.array(z.string().min(1).max(300)).max(1000);

const ruleForm = z.strictObject({
  types: z.array(z.string()).min(1).optional(),
  permissions: z
    .string()
    .regex(/^c?r?u?d?s?$/, 'some of the letters cruds, in that order')
    .min(1)
    .optional(),
  constrain: text.optional(),
  deny: text.optional(),
  mask: z.array(z.string()).min(1).optional(),
});

/** A policy, as administrators write it. */
export const policyForm = z.strictObject({
  name,
  description: text,
  assignedTo: z.strictObject({
    everyone: z.boolean().optional(),
    users: names.optional(),
    clients: names.optional(),
    groups: names.optional(),
  }),
  rules: z.array(ruleForm).min(1).max(200),
});

/** A group of users. */
export const groupForm = z.strictObject({ name, members: z.array(z.string().min(1).max(300)).max(100_000) });

/** Users of this server who share policies. */
export interface PolicyGroup {
  readonly name: string;
  /** Names of users. */
  readonly members: readonly string[];
}

/** Reads a policy; throws 400 with everything that is wrong with it. */
export function readStoredPolicy(form: unknown, expressions: PolicyExpressions): StoredPolicy {
  const read = policyForm.safeParse(form);
  if (!read.success) throw refused(read.error.issues.map(formProblem));
  const { assignedTo, rules, ...rest } = read.data;
  const ruled = rules.map(({ permissions: letters, ...rule }) => ({
    ...rule,
    ...(letters !== undefined && { permissions: permissions.filter((one) => letters.includes(one)) }),
  }));
  const problems = [
    ...(Object.values(assignedTo).some((one) => one === true || (Array.isArray(one) && one.length > 0))
      ? []
      : ['assignedTo names nobody: give everyone: true, users, clients or groups.']),
    ...ruled.flatMap((rule, i) => ruleProblems(rule, expressions).map((problem) => `rules[${i}]: ${problem}`)),
  ];
  if (problems.length > 0) throw refused(problems);
  return { ...rest, assignedTo, rules: ruled };
}

export function readPolicyGroup(form: unknown): PolicyGroup {
  const read = groupForm.safeParse(form);
  if (!read.success) throw refused(read.error.issues.map(formProblem));
  return { name: read.data.name, members: [...new Set(read.data.members)].toSorted() };
}

function ruleProblems(
  rule: StoredRule & { readonly permissions?: readonly Permission[] },
  expressions: PolicyExpressions,
) {
  const verdicts = [rule.constrain, rule.deny, rule.mask].filter((one) => one !== undefined);
  if (verdicts.length !== 1) return ['a rule has exactly one of constrain, deny and mask.'];
  if (rule.mask) return maskProblems(rule, rule.mask);
  if (!rule.types) return ['types is missing: a list of resource types, or ["*"].'];
  const unknown = rule.types.filter((type) => type !== '*' && !isResourceType(type));
  if (unknown.length > 0) return unknown.map(unknownType);
  return rule.constrain === undefined ? [] : constraintProblems(rule.types, rule.constrain, expressions);
}

function maskProblems({ types, permissions: some }: StoredRule, mask: readonly string[]): readonly string[] {
  if (types || some)
    return ['a mask has neither types nor permissions: its paths name their type, as Patient.telecom.'];
  return mask.map(readMaskPath).flatMap((read) => ('why' in read ? [read.why] : []));
}

const unknownType = (type: string): string => {
  const suggestion = suggestType(type);
  return `"${printable(type)}" is no resource type.${suggestion ? ` Did you mean ${suggestion}?` : ''}`;
};

function constraintProblems(types: readonly string[], expression: string, expressions: PolicyExpressions) {
  const problem = placeholderProblem(expression);
  if (problem !== undefined) return [problem];
  const named = types.includes('*') ? [...resourceTypes] : types;
  return named.flatMap((type) => {
    const tried = samplesOf(expression).map((sample) => expressions.parse(type, sample));
    const [first] = tried;
    if (first && 'why' in first && !tried.some((one) => 'ok' in one)) return [`${type}: ${first.why}`];
    return expression.split('&').some((pair) => isOpenTerminology(type, pair, expressions)) ? [openTerminology] : [];
  });
}

const openTerminology =
  'a placeholder cannot stand where :in, :not-in, :above or :below look up codes: they are looked up before anybody calls.';

function isOpenTerminology(type: string, pair: string, expressions: PolicyExpressions): boolean {
  if (!hasPlaceholder(pair)) return false;
  const tried = samplesOf(pair).map((sample) => expressions.parse(type, sample));
  return tried.some((one) => 'ok' in one && needsTerminology(one.ok));
}

/** Throws 400 where codes that the policy names cannot be listed now. */
export async function requireListed(policy: StoredPolicy, expressions: PolicyExpressions): Promise<void> {
  const named = accessPoliciesOf(policy, () => [], expressions).flatMap(({ terminology = [] }) => terminology);
  const problems = await expressions.whyUnlisted(named);
  if (problems.length > 0) throw refused(problems);
}

const formProblem = (issue: z.core.$ZodIssue): string => {
  if (issue.code === 'unrecognized_keys') return `"${issue.keys.map(printable).join('", "')}" is not known.`;
  return `${issue.path.join('.') || 'The policy'}: ${issue.message}.`;
};

const refused = (problems: readonly string[]): InvalidRequest =>
  new InvalidRequest(...(problems.map((diagnostics) => ({ code: 'value', diagnostics })) as [Issue, ...Issue[]]));
