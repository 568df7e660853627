import type { JsonObject } from '../../r4/json/json.js';

/** Injection token of the {@link ProfileValidator} of an application; none is needed. */
export const PROFILE_VALIDATOR = Symbol('PROFILE_VALIDATOR');

/** One thing that a profile says about a resource. */
export interface ProfileFinding {
  /** An error refuses the write: 422. */
  readonly severity: 'error' | 'warning' | 'information';
  /** The mistake and its cure, in words. */
  readonly text: string;
  /** Simple FHIRPath of the element, such as `Patient.contact[0].name`; the resource when absent. */
  readonly expression?: string;
  /** A code of https://hl7.org/fhir/R4/valueset-issue-type.html; `invariant` when absent. */
  readonly code?: string;
}

/**
 * Checks content beside R4's own rules: profiles, such as those of a guide. It is asked about each resource that R4 permits, before it is written,
 * and by `$validate`; it can refuse what R4 permits, and permits nothing that R4 refuses (docs/adr/0065).
 */
export interface ProfileValidator {
  /** For the log, such as `hl7-validator`. */
  readonly name: string;
  /** Milliseconds for one call; 5000 unless said, 30000 at most. */
  readonly timeout?: number;
  /** `profiles`: those of `meta.profile`, and those that `$validate` names; it may know others that always count. */
  validate(
    resource: JsonObject,
    profiles: readonly string[],
  ): readonly ProfileFinding[] | Promise<readonly ProfileFinding[]>;
}
