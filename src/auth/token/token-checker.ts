import type { Refusal } from '../../refusal/refusal.js';
import { audienceCheck } from './audience.check.js';
import { bindingCheck } from './binding.check.js';
import { claimFormsCheck } from './claim-forms.check.js';
import { algorithmCheck, criticalCheck, keyHeaderCheck, kidCheck } from './header-checks.js';
import { issuerCheck } from './issuer.check.js';
import { timeCheck } from './time.check.js';
import type { Check, TokenCheck } from './token-check.js';
import { claimKindCheck, tokenKindCheck } from './token-kind.check.js';

/** A check, and what people call what it looks at. */
type NamedCheck = readonly [name: string, check: Check];

const headerChecks: readonly NamedCheck[] = [
  ['signature algorithm', algorithmCheck],
  ['critical extensions', criticalCheck],
  ['key id', kidCheck],
];
const claimChecks: readonly NamedCheck[] = [
  ['issuer', issuerCheck],
  ['audience', audienceCheck],
  ['times', timeCheck],
  ['form of the claims', claimFormsCheck],
  ['proof of possession', bindingCheck],
];

/** Every failing check of a token, in the order in which they are told. */
export interface Findings {
  readonly kind: readonly Refusal[];
  /** While one of these stands, no key can be chosen, so the signature is not looked at. */
  readonly header: readonly Refusal[];
  readonly claims: readonly Refusal[];
  /** No reason to refuse, but worth knowing when there is one. */
  readonly remarks: readonly Refusal[];
}

/** Runs every check there is, so that one answer can name all that is wrong (requirements 30 to 46). */
export function checkToken(token: TokenCheck): Findings {
  return {
    kind: tokenKindCheck(token),
    header: run(headerChecks, token),
    claims: run(claimChecks, token),
    remarks: keyHeaderCheck(token),
  };
}

/** The checks for what an issuer says about a token that is no JWT: it has claims, and no header. */
export const checkClaims = (token: TokenCheck): readonly Refusal[] => [
  ...claimKindCheck(token),
  ...run(claimChecks, token),
];

const run = (checks: readonly NamedCheck[], token: TokenCheck): readonly Refusal[] =>
  checks.flatMap(([, check]) => check(token));

/** What became of one check. */
export interface CheckResult {
  readonly name: string;
  /** Empty when it passed. */
  readonly refusals: readonly Refusal[];
  /** Why it was not made. */
  readonly skipped?: string;
}

/** The same checks one by one, passed ones too, for explanations. */
export const checkEach = (token: TokenCheck): readonly CheckResult[] =>
  ([['kind of token', tokenKindCheck], ...headerChecks, ...claimChecks] as const).map(([name, check]) => ({
    name,
    refusals: check(token),
  }));
