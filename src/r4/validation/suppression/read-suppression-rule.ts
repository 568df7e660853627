import { z } from 'zod';
import { InvalidRequest, type Issue } from '../../errors/fhir-error.js';
import { printable } from '../../errors/request-errors.js';
import { objectsOf } from '../../json/items.js';
import { isObject, type JsonObject } from '../../json/json.js';
import type { DefinitionSource } from '../../model/definition-source.js';
import { isResourceType, suggestType } from '../../model/resource-types.js';
import { suppressible } from './may-suppress.js';
import { endOf, type SuppressionRule } from './suppression-rule.js';

/** Years that a rule may count at most: then somebody looks at it again. */
const mostYears = 2;
const longestTime = mostYears * 366 * 86_400_000;

/** A rule, as administrators write it. */
export const suppressionRuleForm = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'small letters, digits and . _ - only, 64 at most'),
  code: z.string().regex(/^[A-Za-z0-9.-]{1,64}$/, 'the code of a finding (details.coding.code), such as dom-6'),
  profile: z
    .string()
    .max(500)
    .regex(/^(?:https?:\/\/|urn:)[^\s#]+$/, 'the canonical of a profile, with or without |version')
    .optional(),
  type: z.string().max(64).optional(),
  path: z
    .string()
    .max(300)
    .regex(/^[A-Z][A-Za-z]*(?:\.[a-z][A-Za-z0-9]*)*$/, 'an element without indices, such as Patient.name.family')
    .optional(),
  reason: z.string().trim().min(1, 'say why, for those who read the answer').max(500),
  until: z
    .string()
    .regex(
      /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,3})?(?:Z|[+-]\d\d:\d\d))?$/,
      'a date such as 2027-01-31, or an instant such as 2027-01-31T12:00:00Z',
    ),
});

/** Throws 400 with everything that is wrong with a rule. `now`: ms. */
export async function readSuppressionRule(
  form: unknown,
  packages: DefinitionSource,
  now: number,
): Promise<SuppressionRule> {
  const read = suppressionRuleForm.safeParse(form);
  if (!read.success) throw refused(read.error.issues.map(formProblem));
  const rule = read.data;
  const problems = [...timeProblems(rule, now), ...placeProblems(rule), ...(await codeProblems(rule, packages))];
  if (problems.length > 0) throw refused(problems);
  return rule;
}

function timeProblems(rule: SuppressionRule, now: number): readonly string[] {
  const end = endOf(rule);
  if (Number.isNaN(end)) return [`until: ${rule.until} is no date.`];
  if (end <= now) return ['until: it is in the past; such a rule would not count.'];
  if (end > now + longestTime) return [`until: it may be ${mostYears} years ahead at most. Renew the rule then.`];
  return [];
}

function placeProblems({ type, path }: SuppressionRule): readonly string[] {
  const root = path?.split('.', 1)[0];
  const unknown = [type, root].filter((one) => one !== undefined && !isResourceType(one)) as string[];
  if (unknown.length > 0) return [...new Set(unknown)].map(unknownType);
  return type !== undefined && root !== undefined && root !== type
    ? [`path: it begins with ${root}, and type is ${type}.`]
    : [];
}

const unknownType = (type: string): string => {
  const suggestion = suggestType(type);
  return `"${printable(type)}" is no resource type.${suggestion ? ` Did you mean ${suggestion}?` : ''}`;
};

async function codeProblems(
  { code, profile }: SuppressionRule,
  packages: DefinitionSource,
): Promise<readonly string[]> {
  const kind = suppressible(code);
  if (kind === 'yes') return [];
  if (kind === 'never') {
    return [
      `code: ${code} always counts: storage, searches, access or the meaning of the data rest on it. Correct the data, or import it with lanyard import --validate none.`,
    ];
  }
  const whose = `code: ${code} is no finding that R4 or validation has, so it would be the key of a profile's invariant`;
  if (profile === undefined) return [`${whose}. Name the profile, or copy details.coding.code of the finding.`];
  const [found] = await packages.find('StructureDefinition', [profile]);
  if (!found) return [`${whose}; ${printable(profile)} is not installed. Install its package first.`];
  return hasInvariant(found.resource, code) ? [] : [`${whose}; ${printable(profile)} has no such invariant.`];
}

function hasInvariant(structure: JsonObject, key: string): boolean {
  const parts = [structure['snapshot'], structure['differential']].filter(isObject);
  return parts
    .flatMap(({ element }) => objectsOf(element))
    .flatMap(({ constraint }) => objectsOf(constraint))
    .some((one) => one['key'] === key);
}

const formProblem = (issue: z.core.$ZodIssue): string => {
  if (issue.code === 'unrecognized_keys') return `"${issue.keys.map(printable).join('", "')}" is not known.`;
  return `${issue.path.join('.') || 'The rule'}: ${issue.message}.`;
};

const refused = (problems: readonly string[]): InvalidRequest =>
  new InvalidRequest(...(problems.map((diagnostics) => ({ code: 'value', diagnostics })) as [Issue, ...Issue[]]));
