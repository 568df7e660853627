import { accessReasons } from './access-reasons.js';
import { credentialReasons } from './credential-reasons.js';
import { grantReasons } from './grant-reasons.js';
import { loginReasons } from './login-reasons.js';
import type { Reason } from './reason.js';
import { tokenReasons } from './token-reasons.js';
import { withholdingReasons } from './withholding-reasons.js';

export type { Reason } from './reason.js';

/** The vocabulary of refusals, in the order of the checks; codes never change their meaning (ADR 0005). */
export const reasons = {
  ...credentialReasons,
  ...tokenReasons,
  ...loginReasons,
  ...grantReasons,
  ...accessReasons,
  ...withholdingReasons,
} as const satisfies Record<string, Reason>;

/** Why something is refused: a stable code of docs/access.md. */
export type ReasonCode = keyof typeof reasons;
