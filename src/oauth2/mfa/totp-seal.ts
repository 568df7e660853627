import { TextSeal } from '../../auth/keys/text-seal.js';

/** Of the secrets of authenticator apps, each bound to its account. */
export const totpSeal = new TextSeal('totp-secrets', 'second factors');
