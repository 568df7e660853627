import type { SearchParameters } from '../r4/search/parameters/search-parameters.js';
import type { RefusalLinks } from '../refusal/challenge.js';
import type { AccessPolicy } from './policies/policy.js';
import type { WithholdingRules } from './consent/withheld.js';

/** Injection token of {@link ScopeOptions}. */
export const SCOPE_OPTIONS = Symbol('SCOPE_OPTIONS');

/** Options of ScopeModule; the addresses appear in refusals. */
export interface ScopeOptions extends RefusalLinks {
  /** Rules of the application; they narrow what scopes grant. */
  readonly policies?: readonly AccessPolicy[];
  /** Shared with search, where an application adds parameters; R4's own when absent. */
  readonly parameters?: SearchParameters;
  /** IANA name, the same as FhirModule's: of dates without a zone; UTC when absent. */
  readonly timeZone?: string;
  /** Types that decide who sees what, and that callers limited to one record may write (ADR 42); none when absent. */
  readonly patientWrites?: readonly string[];
  /** True if users may call `$export`, within what they may read; otherwise only machines may. */
  readonly exportForUsers?: boolean;
  /** Rules by which security labels and Consents withhold; nothing when absent. */
  readonly withholding?: WithholdingRules;
}
