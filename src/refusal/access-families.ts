import { accessReasons } from './access-reasons.js';
import { credentialReasons } from './credential-reasons.js';
import { grantReasons } from './grant-reasons.js';
import { loginReasons } from './login-reasons.js';
import type { Reason } from './reason.js';
import { tokenReasons } from './token-reasons.js';
import { withholdingReasons } from './withholding-reasons.js';

/** The vocabulary as the page tells it. */
export const families: readonly (readonly [title: string, family: Readonly<Record<string, Reason>>])[] = [
  ['How credentials are sent', credentialReasons],
  ['The token', tokenReasons],
  ['Login', loginReasons],
  ['The authorization server', grantReasons],
  ['What a valid token permits', accessReasons],
  ['Security labels, Consents, breaking the glass', withholdingReasons],
];
