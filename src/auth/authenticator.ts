import { Inject, Injectable, Optional } from '@nestjs/common';
import { reasons } from '../refusal/reasons.js';
import { Refused } from '../refusal/refusal.js';
import { AUTH_OPTIONS, type AuthOptions } from './auth-options.js';
import type { Authentication, NotAuthenticated } from './authentication.js';
import { readCredentials, type Credentials, type CredentialSource } from './credentials.js';
import { FailureThrottle } from './failure-throttle.js';
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
  private readonly failures: FailureThrottle;

  constructor(
    @Inject(AUTH_OPTIONS) private readonly options: AuthOptions,
    private readonly cache: VerifiedTokenCache,
    private readonly verifier: TokenVerifier,
    @Optional() @Inject(LOCAL_ISSUER) private readonly local?: LocalIssuer,
  ) {
    this.failures = new FailureThrottle(options.failuresPerSecond ?? 0);
  }

  authenticate(source: CredentialSource): Authentication | Promise<Authentication> {
    const credentials = readCredentials(source, this.options);
    const known = credentials.kind === 'bearer' ? this.cache.find(credentials.token) : undefined;
    if (known) return this.unlessRevoked(known);
    const seconds = this.failures.wait(source.remoteAddress);
    if (seconds !== undefined && !this.wasAccepted(credentials)) return tooManyFailures(seconds);
    const found = this.read(credentials, source.remoteAddress);
    return found instanceof Promise
      ? found.then((one) => this.counted(one, source.remoteAddress))
      : this.counted(found, source.remoteAddress);
  }

  /** For a token, wherever it comes from. */
  byToken(token: string): Authentication | Promise<Authentication> {
    const known = this.cache.find(token);
    return known ? this.unlessRevoked(known) : this.byNewToken(token);
  }

  /** Whoever shares an address with a flood goes on with the token that they have. */
  private wasAccepted(credentials: Credentials): boolean {
    return credentials.kind === 'bearer' && this.cache.remembers(credentials.token);
  }

  private read(credentials: Credentials, address: string): Authentication | Promise<Authentication> {
    if (credentials.kind === 'bearer') return this.byNewToken(credentials.token);
    return credentials.kind === 'basic' ? this.byPassword(credentials, address) : refusedAs(credentials.refusal);
  }

  /** What the server itself cannot tell right now is nobody's failure. */
  private counted(found: Authentication, address: string): Authentication {
    if ('refusals' in found && found.status !== 503) this.failures.failed(address);
    return found;
  }

  private async byNewToken(token: string): Promise<Authentication> {
    const verified = await this.verifier.verify(token);
    if (!('principal' in verified)) {
      if (verified.status !== 503) this.cache.forget(token);
      return verified;
    }
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

const tooManyFailures = (seconds: number): NotAuthenticated => ({
  ...refusedAs(
    refusal(
      'too-many-attempts',
      'Too many requests without valid credentials came from this network address, so that this one was not read.',
      `Wait ${seconds} s. Tokens that were accepted before go on working.`,
    ),
  ),
  retryAfterSeconds: seconds,
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
