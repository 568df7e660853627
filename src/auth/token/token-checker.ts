import type { Refusal } from '../../refusal/refusal.js';
import { audienceCheck } from './audience.check.js';
import { bindingCheck } from './binding.check.js';
import { type CheckName, CheckResult } from './check-result.js';
import { claimFormsCheck } from './claim-forms.check.js';
import { algorithmCheck, criticalCheck, keyHeaderCheck, kidCheck } from './header-checks.js';
import { issuerCheck } from './issuer.check.js';
import { timeCheck } from './time.check.js';
import type { Check, TokenCheck } from './token-check.js';
import { claimKindCheck, tokenKindCheck } from './token-kind.check.js';

type NamedCheck = readonly [name: CheckName, check: Check];

const headerChecks: readonly NamedCheck[] = [
  ['algorithm', algorithmCheck],
  ['critical', criticalCheck],
  ['key-id', kidCheck],
];
const claimChecks: readonly NamedCheck[] = [
  ['issuer', issuerCheck],
  ['audience', audienceCheck],
  ['times', timeCheck],
  ['claims', claimFormsCheck],
  ['binding', bindingCheck],
];

/** Results of every check of a token, in the order in which answers list them. */
export interface Findings {
  readonly kind: CheckResult;
  /** While one of these fails, no key can be chosen, so the signature is not looked at. */
  readonly header: readonly CheckResult[];
  readonly claims: readonly CheckResult[];
  /** Remarks that are no reason to refuse, but help where there is one. */
  readonly remarks: readonly Refusal[];
}

/** Runs every check there is, so that one answer can name all that is wrong (docs/adr/0005). */
export function checkToken(token: TokenCheck): Findings {
  return {
    kind: CheckResult.of('kind', tokenKindCheck(token)),
    header: run(headerChecks, token),
    claims: run(claimChecks, token),
    remarks: keyHeaderCheck(token),
  };
}

/** The checks for what an issuer says about a token that is no JWT: it has claims, and no header. */
export const checkClaims = (token: TokenCheck): readonly CheckResult[] => [
  CheckResult.of('kind', claimKindCheck(token)),
  ...run(claimChecks, token),
];

const run = (checks: readonly NamedCheck[], token: TokenCheck): readonly CheckResult[] =>
  checks.map(([name, check]) => CheckResult.of(name, check(token)));
