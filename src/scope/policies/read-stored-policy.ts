import { z } from 'zod';
import { InvalidRequest, type Issue } from '../../r4/errors/fhir-error.js';
import { readMaskPath } from '../../r4/model/mask-path.js';
import { printable } from '../../r4/errors/request-errors.js';
import { resourceTypes, suggestType } from '../../r4/model/resource-types.js';
import { needsTerminology } from '../../r4/terminology/value-sets/expand-criteria.js';
import { type Permission, permissions } from '../grammar/permission.js';
import { hasPlaceholder, placeholderProblem, samplesOf } from './placeholders.js';
import type { PolicyExpressions } from './policy-expressions.js';
import { accessPoliciesOf, type StoredPolicy, type StoredRule } from './stored-policy.js';

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'small letters, digits and . _ - only, 64 at most')
  .describe('Name of the policy. Over HTTP the address has it, and it can be left out.');
const text = z.string().min(1).max(2000);
const names = z.array(z.string().min(1).max(300)).max(1000);

const typeName = z.enum(['*', ...resourceTypes], { error: ({ input }) => unknownType(String(input)) });

const ruleForm = z
  .strictObject({
    types: z.array(typeName).min(1).optional().describe('Resource types, or ["*"] for all. A mask has none.'),
    permissions: z
      .string()
      .regex(/^c?r?u?d?s?$/, 'some of the letters cruds, in that order')
      .min(1)
      .optional()
      .describe('Some of the letters cruds, in that order: create, read, update, delete, search. All when left out.')
      .meta({ examples: ['rs', 'r', 's', 'cud', 'cruds'] }),
    constrain: text
      .optional()
      .describe(
        'A search expression. Only what it finds is reached. Placeholders: {{patient}}, {{fhirUser}}, {{user.NAME}}.',
      )
      .meta({ examples: ['status=final', 'patient={{patient}}', 'organization={{user.organizations}}'] }),
    deny: text.optional().describe('Refuses the requests. The text is for the caller.'),
    mask: z
      .array(z.string())
      .min(1)
      .optional()
      .describe('Paths of elements that are taken out of every answer, such as Patient.telecom.')
      .meta({ items: { type: 'string', examples: ['Patient.telecom', 'Patient.address', 'Observation.value[x]'] } }),
  })
  .describe('A rule has exactly one of constrain, deny and mask.')
  .meta({
    // Read by editors; `ruleProblems` says the same with its reasons.
    oneOf: [{ required: ['constrain', 'types'] }, { required: ['deny', 'types'] }, { required: ['mask'] }],
  });

const assignmentForm = z
  .strictObject({
    everyone: z.boolean().optional().describe('true: every caller.'),
    users: names.optional().describe('Names of users (sub).'),
    clients: names.optional().describe('Ids of clients.'),
    groups: names.optional().describe('Groups that are stored here, or in the claim groups of the token.'),
  })
  .describe('Callers that the policy is for: all who are in one of the lists.')
  .meta({ minProperties: 1 });

/** A policy, as administrators write it. */
export const policyForm = z.strictObject({
  name,
  description: text.describe('Why there is this policy. Callers are told.'),
  assignedTo: assignmentForm,
  rules: z.array(ruleForm).min(1).max(200).describe('Each rule narrows by itself, and all count together.'),
});

/** The form of a policy whose name the address has, as JSON Schema (https://json-schema.org/draft/2020-12): what is checked with it is refused by {@link readStoredPolicy}, too. */
export const policySchema = (): object => ({
  ...z.toJSONSchema(policyForm.partial({ name: true }), { io: 'input' }),
  title: 'Access policy',
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
      : [problemAt('assignedTo', 'assignedTo names nobody: give everyone: true, users, clients or groups.')]),
    ...ruled.flatMap((rule, i) =>
      ruleProblems(rule, expressions).map(({ member, why }) =>
        problemAt(`rules[${i}]${member === undefined ? '' : `.${member}`}`, `rules[${i}]: ${why}`),
      ),
    ),
  ];
  if (problems.length > 0) throw refused(problems);
  return { ...rest, assignedTo, rules: ruled };
}

export function readPolicyGroup(form: unknown): PolicyGroup {
  const read = groupForm.safeParse(form);
  if (!read.success) throw refused(read.error.issues.map(formProblem));
  return { name: read.data.name, members: [...new Set(read.data.members)].toSorted() };
}

/** One fault of a rule, and the member that has it. */
interface RuleProblem {
  readonly member?: string;
  readonly why: string;
}

function ruleProblems(
  rule: StoredRule & { readonly permissions?: readonly Permission[] },
  expressions: PolicyExpressions,
): readonly RuleProblem[] {
  const verdicts = [rule.constrain, rule.deny, rule.mask].filter((one) => one !== undefined);
  if (verdicts.length !== 1) return [{ why: 'a rule has exactly one of constrain, deny and mask.' }];
  if (rule.mask) return maskProblems(rule, rule.mask);
  if (!rule.types) return [{ why: 'types is missing: a list of resource types, or ["*"].' }];
  if (rule.constrain === undefined) return [];
  return constraintProblems(rule.types, rule.constrain, expressions).map((why) => ({ member: 'constrain', why }));
}

function maskProblems({ types, permissions: some }: StoredRule, mask: readonly string[]): readonly RuleProblem[] {
  if (types || some)
    return [{ why: 'a mask has neither types nor permissions: its paths name their type, as Patient.telecom.' }];
  return mask.map(readMaskPath).flatMap((read, i) => ('why' in read ? [{ member: `mask[${i}]`, why: read.why }] : []));
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
  if (problems.length > 0) throw refused(problems.map((diagnostics) => ({ code: 'value', diagnostics })));
}

function formProblem(issue: z.core.$ZodIssue): Issue {
  const path = pathText(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys.map(printable);
    return problemAt(path === '' ? unknown[0]! : `${path}.${unknown[0]!}`, `"${unknown.join('", "')}" is not known.`);
  }
  const message = /[.?]$/.test(issue.message) ? issue.message : `${issue.message}.`;
  return problemAt(path, `${path || 'The policy'}: ${message}`);
}

const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');

/** `path`: such as `rules[0].constrain`; empty for the whole. */
const problemAt = (path: string, diagnostics: string): Issue => ({
  code: 'value',
  diagnostics,
  ...(path !== '' && { expression: [path] }),
});

const refused = (problems: readonly Issue[]): InvalidRequest =>
  new InvalidRequest(...(problems as readonly [Issue, ...Issue[]]));
