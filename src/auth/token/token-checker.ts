import type { Refusal } from '../../refusal/refusal.js';
import { audienceCheck } from './audience.check.js';
import { bindingCheck } from './binding.check.js';
import { claimFormsCheck } from './claim-forms.check.js';
import { algorithmCheck, criticalCheck, keyHeaderCheck, kidCheck } from './header-checks.js';
import { issuerCheck } from './issuer.check.js';
import { timeCheck } from './time.check.js';
import type { Check, TokenCheck } from './token-check.js';
import { claimKindCheck, tokenKindCheck } from './token-kind.check.js';

const headerChecks: readonly Check[] = [algorithmCheck, criticalCheck, kidCheck];
const claimChecks: readonly Check[] = [issuerCheck, audienceCheck, timeCheck, claimFormsCheck, bindingCheck];

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

const run = (checks: readonly Check[], token: TokenCheck): readonly Refusal[] =>
  checks.flatMap((check) => check(token));
