import type { Issue } from '../errors/fhir-error.js';

/** Only errors forbid to store a resource. */
export type Severity = 'error' | 'warning';

/** One thing that is wrong with a resource, where it is, and what would be right. */
export interface Finding {
  readonly severity: Severity;
  /** Stable: a code of {@link findingKinds}, or the key of an R4 invariant such as `obs-6`. */
  readonly code: string;
  /** A code of https://hl7.org/fhir/R4/valueset-issue-type.html */
  readonly issue: string;
  /** Simple FHIRPath, such as `Patient.contact[0].name`. */
  readonly expression: string;
  readonly expected: string;
  readonly found: string;
  readonly text: string;
}

export interface FindingKind {
  readonly issue: string;
  /** A warning when only the structure is checked: bindings, references and formats. */
  readonly relaxed?: boolean;
  /** A warning always. */
  readonly warning?: boolean;
  /** The element is not what its type says, so invariants about it would say nothing new. */
  readonly breaks?: boolean;
}

/** Every code that is not the key of an invariant. Codes never change their meaning. */
export const findingKinds = {
  'not-a-resource': { issue: 'structure', breaks: true },
  'unknown-resource-type': { issue: 'structure', breaks: true },
  'unknown-element': { issue: 'structure' },
  'wrong-shape': { issue: 'structure', breaks: true },
  'null-not-allowed': { issue: 'structure', breaks: true },
  'empty-array': { issue: 'structure', breaks: true },
  'misaligned-siblings': { issue: 'structure', breaks: true },
  'too-deep': { issue: 'too-costly', breaks: true },
  'missing-element': { issue: 'required' },
  'several-choices': { issue: 'structure', breaks: true },
  'invalid-value': { issue: 'value', relaxed: true, breaks: true },
  // Characters that XML cannot hold are refused at both levels: all stored data can be read in both formats (ADR 51).
  'illegal-character': { issue: 'value', breaks: true },
  'malformed-narrative': { issue: 'structure', breaks: true },
  'text-too-long': { issue: 'too-long', breaks: true },
  'blank-text': { issue: 'value', warning: true },
  'unsafe-narrative': { issue: 'security', breaks: true },
  'code-not-in-value-set': { issue: 'code-invalid', relaxed: true },
  'relative-url': { issue: 'value', relaxed: true },
  'invalid-reference': { issue: 'value', relaxed: true },
  'wrong-reference-target': { issue: 'value', relaxed: true },
  'contained-without-id': { issue: 'required' },
  'duplicate-contained-id': { issue: 'duplicate' },
  // Of what is to be stored; R4 itself permits it.
  subsetted: { issue: 'business-rule' },
  'invariant-not-evaluated': { issue: 'processing', warning: true },
  // Invariants that are about the structure, references or formats; all others are only `invariant`.
  'ele-1': { issue: 'invariant' },
  'dom-2': { issue: 'invariant' },
  'dom-3': { issue: 'invariant' },
  'dom-4': { issue: 'invariant' },
  'dom-5': { issue: 'invariant' },
  'ref-1': { issue: 'invariant', relaxed: true },
  'txt-1': { issue: 'invariant', relaxed: true },
  'txt-2': { issue: 'invariant', relaxed: true },
} as const satisfies Readonly<Record<string, FindingKind>>;

export type FindingCode = keyof typeof findingKinds;

/** The finding as an entry of an OperationOutcome. */
export const findingIssue = (finding: Finding): Issue => ({
  severity: finding.severity,
  code: finding.issue,
  details: { coding: [{ code: finding.code }], text: finding.text },
  diagnostics: `Expected ${finding.expected}; found ${finding.found}.`,
  expression: [finding.expression],
});
