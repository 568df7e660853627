import { Inject, Injectable, Optional } from '@nestjs/common';
import { reasons } from '../refusal/reasons.js';
import { Refused } from '../refusal/refusal.js';
import { AUTH_OPTIONS, type AuthOptions } from './auth-options.js';
import type { Authentication, NotAuthenticated } from './authentication.js';
import { readCredentials, type Credentials, type CredentialSource } from './credentials.js';
import { LOCAL_ISSUER, type LocalIssuer } from './local-issuer.js';
import type { Principal } from './principal.js';
import { refusal } from './token-refusal.js';
import { TokenVerifier } from './token-verifier.js';
import { VerifiedTokenCache } from './verified-token-cache.js';

export type { Authentication } from './authentication.js';
export type { CredentialSource } from './credentials.js';

const revocationRetrySeconds = 5;

/** Answers who sends a request, or everything that is wrong with its credentials. Synchronous for a token seen lately. */
@Injectable()
export class Authenticator {
  constructor(
    @Inject(AUTH_OPTIONS) private readonly options: AuthOptions,
    private readonly cache: VerifiedTokenCache,
    private readonly verifier: TokenVerifier,
    @Optional() @Inject(LOCAL_ISSUER) private readonly local?: LocalIssuer,
  ) {}

  authenticate(source: CredentialSource): Authentication | Promise<Authentication> {
    const credentials = readCredentials(source, this.options);
    if (credentials.kind === 'bearer') return this.byToken(credentials.token);
    return credentials.kind === 'basic'
      ? this.byPassword(credentials, source.remoteAddress)
      : refusedAs(credentials.refusal);
  }

  /** The same for a token, wherever it comes from. */
  byToken(token: string): Authentication | Promise<Authentication> {
    const known = this.cache.find(token);
    return known ? this.unlessRevoked(known) : this.byNewToken(token);
  }

  private async byNewToken(token: string): Promise<Authentication> {
    const verified = await this.verifier.verify(token);
    if (!('principal' in verified)) return verified;
    this.cache.remember(token, verified.principal, verified.trustSeconds);
    return this.unlessRevoked(verified.principal);
  }

  /** Requirement 53: asked for each request, so that a revoked token of ours dies at once, cached or not. */
  private unlessRevoked(principal: Principal): Authentication | Promise<Authentication> {
    if (!principal.local || !this.local) return { principal };
    const { tokenId, sessionId } = principal;
    try {
      const isRevoked = this.local.isRevoked({
        ...(tokenId !== undefined && { tokenId }),
        ...(sessionId !== undefined && { sessionId }),
      });
      if (isRevoked === false) return { principal };
      return isRevoked === true
        ? revoked()
        : isRevoked.then((is) => (is ? revoked() : { principal }), revocationsUnavailable);
    } catch {
      return revocationsUnavailable();
    }
  }

  private async byPassword(
    { user, password }: Extract<Credentials, { kind: 'basic' }>,
    address: string,
  ): Promise<Authentication> {
    if (!this.local) {
      return refusedAs(
        refusal(
          'scheme-unsupported',
          'HTTP Basic needs accounts of this server, and it has none.',
          'Send an access token of a trusted issuer as Authorization: Bearer <token>.',
        ),
      );
    }
    try {
      return { principal: await this.local.principalOfPassword(user, password, address) };
    } catch (error) {
      if (error instanceof Refused) return fromError(error);
      throw error;
    }
  }
}

const refusedAs = (found: NotAuthenticated['refusals'][0]): NotAuthenticated => ({
  refusals: [found],
  status: reasons[found.code].status,
});

const revoked = (): NotAuthenticated =>
  refusedAs(refusal('token-revoked', 'The token was revoked, or its session was ended by a logout.', 'Log in again.'));

const revocationsUnavailable = (): NotAuthenticated => ({
  ...refusedAs(
    refusal(
      'revocations-unavailable',
      'Whether the token was revoked cannot be checked right now, so it does not count.',
      `Repeat the request in ${revocationRetrySeconds} s.`,
    ),
  ),
  retryAfterSeconds: revocationRetrySeconds,
});

function fromError({ refusals, status, headers }: Refused): NotAuthenticated {
  const retryAfter = headers['retry-after'];
  return { refusals, status, ...(retryAfter !== undefined && { retryAfterSeconds: Number(retryAfter) }) };
}
