import { isResourceType } from '../../model/resource-types.js';
import { findingKinds } from '../finding.js';
import { invariantDefinitions } from '../invariants/invariant.js';
import { profileIssues } from '../profiles/profile-finding.js';

/** Parts of a finding that a rule looks at. */
export interface JudgedFinding {
  readonly code: string;
  readonly expression: string;
  /** `url|version#element` of a profile; absent: R4 itself. */
  readonly asked?: string | undefined;
}

/** Codes of R4's own rules, beside its invariants, that nothing but the data's quality rests on. */
const harmless: ReadonlySet<string> = new Set(['code-not-in-value-set', 'blank-text', 'invariant-not-evaluated']);

/** Findings of profiles that always count: an extension that changes the meaning of its element, and rules that were not looked at. */
const always: ReadonlySet<string> = new Set([
  'unknown-modifier-extension',
  'extension-modifier',
  'too-costly',
  'not-checked',
]);

/** Types that the server itself works by: access, operations, searches and validation read them. */
const workedBy: ReadonlySet<string> = new Set([
  'AuditEvent',
  'Binary',
  'Bundle',
  'CapabilityStatement',
  'CodeSystem',
  'CompartmentDefinition',
  'ConceptMap',
  'Consent',
  'GraphDefinition',
  'Group',
  'NamingSystem',
  'OperationDefinition',
  'Parameters',
  'Provenance',
  'SearchParameter',
  'StructureDefinition',
  'Subscription',
  'ValueSet',
]);

let invariants: ReadonlySet<string> | undefined;

/** Keys of R4's invariants about resources; those about data types say what searches rely on, such as that a period does not end before it begins. */
const resourceInvariants = (): ReadonlySet<string> =>
  (invariants ??= new Set([
    'dom-6',
    ...[...invariantDefinitions()]
      .filter(([path]) => isResourceType(path.split('.', 1)[0]!))
      .flatMap(([, declared]) => declared.map(({ key }) => key))
      .filter((key) => !(key in findingKinds)),
  ]));

let dataTypeInvariants: ReadonlySet<string> | undefined;

/** Keys of R4's other invariants. */
const otherInvariants = (): ReadonlySet<string> =>
  (dataTypeInvariants ??= new Set(
    [...invariantDefinitions().values()].flat().flatMap(({ key }) => (resourceInvariants().has(key) ? [] : [key])),
  ));

const isOfBase = (code: string): boolean => harmless.has(code) || resourceInvariants().has(code);
const isOfProfiles = (code: string): boolean => code in profileIssues && !always.has(code);

/** False for what storage, searches and access rest on. */
export function maySuppress({ code, asked }: JudgedFinding, type: string): boolean {
  if (asked === undefined) return isOfBase(code) && !workedBy.has(type);
  return isOfProfiles(code) || !(code in profileIssues || code in findingKinds || otherInvariants().has(code));
}

/** Judges a code without any package. `profile`: it is no code of R4 and of validation, so it may be the key of a profile's invariant. */
export function suppressible(code: string): 'yes' | 'never' | 'profile' {
  if (isOfBase(code) || isOfProfiles(code)) return 'yes';
  const isKnown = code in findingKinds || code in profileIssues || otherInvariants().has(code);
  return isKnown ? 'never' : 'profile';
}
