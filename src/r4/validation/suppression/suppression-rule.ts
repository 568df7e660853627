import type { Issue } from '../../errors/fhir-error.js';
import { grouped } from '../../model/grouped.js';
import { type JudgedFinding, maySuppress } from './may-suppress.js';

/** Findings that pass for a time, because an administrator says so (docs/adr/0113). All members that are there have to fit. */
export interface SuppressionRule {
  readonly name: string;
  /** Code of the finding: `details.coding.code`. */
  readonly code: string;
  /** The definition that asks, with or without `|version`; R4 itself and every profile, if absent. */
  readonly profile?: string | undefined;
  /** Type of the resource that is validated. */
  readonly type?: string | undefined;
  /** Expression of the finding without indices, such as `Patient.name.family`. */
  readonly path?: string | undefined;
  readonly reason: string;
  /** A date, whose last instant it is in UTC, or an instant. */
  readonly until: string;
}

/** The first millisecond at which a rule does not count any more. */
export function endOf({ until }: Pick<SuppressionRule, 'until'>): number {
  const isDate = until.length === 10;
  return Date.parse(isDate ? `${until}T00:00:00Z` : until) + (isDate ? 86_400_000 : 0);
}

/** True if the rule does not count any more. */
export const isOver = (rule: Pick<SuppressionRule, 'until'>): boolean => endOf(rule) <= Date.now();

/** Rules by the code that they are about. */
export class Suppressions {
  readonly #byCode: ReadonlyMap<string, readonly SuppressionRule[]>;

  constructor(rules: readonly SuppressionRule[]) {
    this.#byCode = grouped(rules, ({ code }) => code);
  }

  /** The first rule that lets a finding about a resource of the type pass at an instant, in ms. */
  ruleFor(finding: JudgedFinding, type: string, now: number): SuppressionRule | undefined {
    const rules = this.#byCode.get(finding.code);
    if (!rules || !maySuppress(finding, type)) return undefined;
    return rules.find((rule) => now < endOf(rule) && isAbout(rule, finding, type));
  }
}

function isAbout(rule: SuppressionRule, { expression, asked }: JudgedFinding, type: string): boolean {
  if (rule.type !== undefined && rule.type !== type) return false;
  if (rule.path !== undefined && rule.path !== expression.replaceAll(/\[\d+\]/g, '')) return false;
  return rule.profile === undefined || isAskedBy(rule.profile, asked ?? '');
}

function isAskedBy(profile: string, asked: string): boolean {
  const canonical = asked.slice(0, asked.indexOf('#'));
  return canonical === profile || canonical.startsWith(`${profile}|`);
}

/** The issue of a finding that passes: what it says, and why it is no more than information. */
export const suppressedIssue = (issue: Issue, { name, reason, until }: SuppressionRule): Issue => ({
  ...issue,
  severity: 'information',
  diagnostics:
    `${issue.diagnostics ?? ''} This ${issue.severity ?? 'error'} is suppressed until ${until} by the rule "${name}": ${reason}`.trim(),
});
