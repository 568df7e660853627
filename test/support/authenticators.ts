import type { Authentication, CredentialSource } from '../../src/auth/authenticator.js';
import { Authenticator } from '../../src/auth/authenticator.js';
import type { AuthOptions } from '../../src/auth/auth-options.js';
import type { TrustedIssuer } from '../../src/config/trusted-issuer.js';
import type { LocalIssuer } from '../../src/auth/accounts/local-issuer.js';
import type { Principal } from '../../src/auth/principal.js';
import { TokenVerifier } from '../../src/auth/token-verifier.js';
import { TrustedIssuers } from '../../src/auth/trusted-issuers.js';
import { VerifiedTokenCache } from '../../src/auth/verified-token-cache.js';
import { authOptions, bearer } from './auth-options.js';

/** An Authenticator as AuthModule puts it together, without Nest. */
export function authenticatorFor(
  issuers: readonly TrustedIssuer[],
  changes: Partial<AuthOptions> = {},
  local?: LocalIssuer,
): Authenticator {
  const options = authOptions({ issuers, ...changes, ...(local && { localIssuer: local.issuer }) });
  const verifier = new TokenVerifier(options, new TrustedIssuers(options, local));
  return new Authenticator(options, new VerifiedTokenCache(), verifier, local);
}

export async function principalFor(
  authenticator: Authenticator,
  request: string | CredentialSource,
): Promise<Principal> {
  const answer = await answerFor(authenticator, request);
  if (!('principal' in answer)) throw new Error(`refused: ${answer.refusals.map(({ fact }) => fact).join(' ')}`);
  return answer.principal;
}

/** The codes of a refusal; empty for a request that authenticates. */
export async function codesFor(
  authenticator: Authenticator,
  request: string | CredentialSource,
): Promise<readonly string[]> {
  const answer = await answerFor(authenticator, request);
  return 'principal' in answer ? [] : answer.refusals.map(({ code }) => code);
}

export const answerFor = (
  authenticator: Authenticator,
  request: string | CredentialSource,
): Authentication | Promise<Authentication> =>
  authenticator.authenticate(typeof request === 'string' ? bearer(request) : request);
