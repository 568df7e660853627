import type { TrustedIssuer } from '../../config/foreign/trusted-issuer.js';
import type { Claims } from './strict-json.js';
import { claimOf } from './token-check.js';

/** The client that asks: the first of the issuer's claims for it that is there. */
export function clientIdOf(payload: Claims, issuer: TrustedIssuer): string | undefined {
  for (const name of issuer.claims.clientId) {
    const value = claimOf(payload, name);
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}
