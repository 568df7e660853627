import { canonicalText } from '../canonical.js';
import type { CodeSystem } from '../code-systems/code-system.js';

/** Something that is said of a code: why it is none of the value set, or a remark. The texts are those of HL7's terminology ecosystem. */
export interface CodeIssue {
  readonly severity: 'error' | 'warning' | 'information';
  /** https://hl7.org/fhir/R4/valueset-issue-type.html */
  readonly code: 'code-invalid' | 'not-found' | 'invalid' | 'business-rule' | 'exception';
  /** Such as `not-in-vs`, of http://hl7.org/fhir/tools/CodeSystem/tx-issue-type. */
  readonly kind: string;
  readonly text: string;
  /** Element of the Coding that it is about; `Coding`: it as a whole. */
  readonly element?: 'code' | 'system' | 'version' | 'display' | 'Coding';
}

interface Asked {
  readonly system?: string | undefined;
  readonly version?: string | undefined;
  readonly code: string;
  readonly display?: string | undefined;
}

const shown = ({ system = '', version, code, display }: Asked): string =>
  `${canonicalText(system, version)}#${code}${display === undefined ? '' : ` ('${display}')`}`;

/** `versions`: those that are known here. */
export function unknownSystem(
  { system, version }: { readonly system: string; readonly version?: string | undefined },
  versions: readonly string[],
  isNamed: boolean,
): CodeIssue {
  const name = version === undefined && !isNamed ? system : `'${system}'`;
  const known =
    versions.length === 0 ? 'No versions of this code system are known' : `Valid versions: ${versions.join(' or ')}`;
  const text =
    version === undefined
      ? `A definition for CodeSystem ${name} could not be found, so the code cannot be validated`
      : `A definition for CodeSystem ${name} version '${version}' could not be found, so the code cannot be validated. ${known}`;
  return { severity: 'error', code: 'not-found', kind: 'not-found', element: 'system', text };
}

interface Gone {
  readonly code: string;
  readonly isInactive: boolean;
  readonly status?: string | undefined;
}

/** Issues by what they say. */
export const issueOf = {
  notInValueSet: (title: string, asked: Asked): CodeIssue => ({
    severity: 'error',
    code: 'code-invalid',
    kind: 'not-in-vs',
    element: 'code',
    text: `The provided code '${shown(asked)}' was not found in the value set '${title}'`,
  }),

  /** Of several codings none is right. */
  noCoding: (title: string): CodeIssue => ({
    severity: 'error',
    code: 'code-invalid',
    kind: 'not-in-vs',
    text: `No valid coding was found for the value set '${title}'`,
  }),

  noSystem: {
    severity: 'warning',
    code: 'invalid',
    kind: 'invalid-data',
    element: 'Coding',
    text: 'Coding has no system. A code with no system has no defined meaning, and it cannot be validated. A system should be provided',
  } as const satisfies CodeIssue,

  notInferred: (code: string, title: string, why: string): CodeIssue => ({
    severity: 'error',
    code: 'not-found',
    kind: 'cannot-infer',
    element: 'code',
    text: `The System URI could not be determined for the code '${code}' in the ValueSet '${title}': ${why}`,
  }),

  isSupplement: ({ url, version }: CodeSystem): CodeIssue => ({
    severity: 'error',
    code: 'invalid',
    kind: 'invalid-data',
    element: 'system',
    text: `CodeSystem ${canonicalText(url, version)} is a supplement, so can't be used as a value in Coding.system`,
  }),

  /** `wanted`: code system that the call is about, with its version where that is what differs. */
  otherSystem: (
    { system, version, code }: Asked,
    wanted: { readonly system: string; readonly version: string | undefined },
    isOneOfSeveral: boolean,
  ): CodeIssue => ({
    severity: isOneOfSeveral ? 'information' : 'error',
    code: 'invalid',
    kind: 'invalid-data',
    element: wanted.version === undefined ? 'system' : 'version',
    text: `The code '${code}' is of the code system '${canonicalText(system ?? '', version)}', and the question about '${canonicalText(wanted.system, wanted.version)}'`,
  }),

  unknownCode({ url, version, content }: CodeSystem, code: string): CodeIssue {
    const isWhole = content === 'complete';
    const where = `the CodeSystem '${url}'${version === undefined ? '' : ` version '${version}'`}`;
    return {
      severity: isWhole ? 'error' : 'warning',
      code: 'code-invalid',
      kind: 'invalid-code',
      element: 'code',
      text: isWhole
        ? `Unknown code '${code}' in ${where}`
        : `Unknown Code '${code}' in ${where} - note that the code system is labeled as a ${content}, so the code may be valid in some other fragment`,
    };
  },

  isAbstract: (code: string): CodeIssue => ({
    severity: 'error',
    code: 'business-rule',
    kind: 'code-rule',
    element: 'code',
    text: `The code '${code}' is abstract, and not for use by itself`,
  }),

  /** The value set has active codes alone. */
  isInactive: (code: string): CodeIssue => ({
    severity: 'error',
    code: 'business-rule',
    kind: 'code-rule',
    element: 'code',
    text: `The concept '${code}' is valid but is not active`,
  }),

  /** Not for use any more, or going to be. */
  isGone: ({ code, isInactive, status = 'inactive' }: Gone): CodeIssue => ({
    severity: 'warning',
    code: 'business-rule',
    kind: 'code-comment',
    element: isInactive ? 'Coding' : 'code',
    text: `The concept '${code}' ${isInactive ? `has a status of ${status}` : 'is deprecated'} and its use should be reviewed`,
  }),

  /** `used`: the version of the value set. */
  otherVersion: (
    { system, version }: { readonly system: string; readonly version: string },
    used: { readonly version: string | undefined; readonly written?: string | undefined; readonly isNamed: boolean },
  ): CodeIssue => ({
    severity: used.isNamed ? 'error' : 'warning',
    code: 'invalid',
    kind: 'vs-invalid',
    element: 'version',
    text: `The code system '${system}' version '${used.version}'${fromWhere(used)} in the ValueSet include is different to the one in the value ('${version}')`,
  }),

  versionNotAllowed: (system: string, used: string | undefined, wanted: string): CodeIssue => ({
    severity: 'error',
    code: 'exception',
    kind: 'version-error',
    element: 'version',
    text: versionNotAllowed(system, used, wanted),
  }),
} as const;

export const versionNotAllowed = (system: string, used: string | undefined, wanted: string): string =>
  `The version '${used ?? ''}' is not allowed for system '${system}': required to be '${wanted}' by a version-check parameter`;

function fromWhere({ written, isNamed }: { readonly written?: string | undefined; readonly isNamed: boolean }): string {
  if (!isNamed) return ' for the versionless include';
  return written === undefined ? '' : ` resulting from the version '${written}'`;
}
