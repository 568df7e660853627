import type { Authentication, CredentialSource } from '../../src/auth/authenticator.js';
import { Authenticator } from '../../src/auth/authenticator.js';
import type { AuthOptions } from '../../src/auth/auth-options.js';
import type { TrustedIssuer } from '../../src/config/foreign/trusted-issuer.js';
import type { LocalIssuer } from '../../src/auth/accounts/local-issuer.js';
import { ForeignTokens } from '../../src/auth/parts/foreign-tokens.js';
import type { SmartContextReader } from '../../src/auth/parts/smart-context.js';
import { SmartContexts } from '../../src/auth/parts/smart-contexts.js';
import type { TokenVerifier } from '../../src/auth/parts/token-verifier.js';
import type { Principal } from '../../src/auth/principal.js';
import { BearerTokens } from '../../src/auth/bearer-tokens.js';
import { TrustedIssuers } from '../../src/auth/issuers/trusted-issuers.js';
import { VerifiedTokenCache } from '../../src/auth/verified-token-cache.js';
import { authOptions, bearer } from './auth-options.js';

/** Replaced parts of authentication. */
export interface AuthParts {
  readonly verifier?: TokenVerifier;
  readonly context?: SmartContextReader;
}

/** An Authenticator as AuthModule puts it together, without Nest. */
export function authenticatorFor(
  issuers: readonly TrustedIssuer[],
  changes: Partial<AuthOptions> = {},
  local?: LocalIssuer,
  { verifier: foreign, context }: AuthParts = {},
): Authenticator {
  const options = authOptions({ issuers, ...changes, ...(local && { localIssuer: local.issuer }) });
  const verifier = new BearerTokens(
    options,
    new TrustedIssuers(options, local),
    new SmartContexts(context),
    new ForeignTokens(options, foreign),
  );
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
