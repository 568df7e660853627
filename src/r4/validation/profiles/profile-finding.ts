import type { Issue } from '../../errors/fhir-error.js';
import type { NoAnswer } from '../../terminology/far-terminology.js';
import type { Finding, Severity } from '../finding.js';

/** Codes of findings about profiles, with their issue type; codes never change their meaning. */
export const profileIssues = {
  'missing-element': 'required',
  'missing-slice': 'required',
  'too-many-items': 'structure',
  'type-not-allowed': 'structure',
  'fixed-value': 'value',
  pattern: 'value',
  'value-out-of-range': 'value',
  'text-too-long': 'too-long',
  'code-not-in-value-set': 'code-invalid',
  'unknown-code': 'code-invalid',
  'wrong-display': 'code-invalid',
  'wrong-reference-target': 'value',
  'target-profile': 'value',
  'type-profile': 'value',
  'no-slice': 'structure',
  'slice-order': 'structure',
  'unknown-profile': 'not-found',
  'wrong-profile': 'structure',
  'broken-profile': 'processing',
  'extension-context': 'extension',
  'extension-part': 'extension',
  'extension-modifier': 'extension',
  'unknown-modifier-extension': 'extension',
  'invariant-not-evaluated': 'processing',
  'too-costly': 'too-costly',
  'not-checked': 'incomplete',
} as const satisfies Readonly<Record<string, string>>;

export type ProfileFindingCode = keyof typeof profileIssues;

/** `information`: a preferred binding. */
export type ProfileSeverity = Severity | 'information';

/** A finding that a profile asked for. */
export interface ProfileRuleFinding extends Omit<Finding, 'severity'> {
  readonly severity: ProfileSeverity;
  /** `url|version#element`: the definition and the element in it that asked. */
  readonly asked: string;
  /** The cure. */
  readonly cure: string;
  /** Of `not-checked`. */
  readonly noAnswer?: NoAnswer;
}

/** The finding as an entry of an OperationOutcome. */
export const profileFindingIssue = (finding: ProfileRuleFinding): Issue => ({
  severity: finding.severity,
  code: finding.issue,
  details: { coding: [{ code: finding.code }], text: finding.text },
  diagnostics: `Expected ${finding.expected}; found ${finding.found}. ${finding.cure} Asked by ${finding.asked}.`,
  expression: [finding.expression],
});
