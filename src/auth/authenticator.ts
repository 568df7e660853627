import { Inject, Injectable, Optional } from '@nestjs/common';
import { reasons } from '../refusal/reasons.js';
import { Refused } from '../refusal/refusal.js';
import { AddressThrottle } from './throttle/address-throttle.js';
import { AUTH_OPTIONS, type AuthOptions } from './auth-options.js';
import type { Authenticated, Authentication, NotAuthenticated } from './authentication.js';
import { type ClaimSource, refusedBy, withClaims } from './claim-source.js';
import { readCredentials, type Credentials, type CredentialSource } from './credentials/credentials.js';
import { LOCAL_ISSUER, type LocalIssuer } from './accounts/local-issuer.js';
import type { Principal } from './principal.js';
import { CheckResult } from './token/check-result.js';
import { checkRevocation, notAsked, revocationRetrySeconds } from './token/revocation.check.js';
import { refusal } from './refusals/token-refusal.js';
import { BearerTokens } from './bearer-tokens.js';
import { VerifiedTokenCache } from './verified-token-cache.js';

export type { Authentication } from './authentication.js';
export type { CredentialSource } from './credentials/credentials.js';

/** Answers who sends a request, or everything that is wrong with its credentials. Synchronous for a token seen lately. */
@Injectable()
export class Authenticator {
  /** Counts failures only: tokens that were accepted before pass, so callers beside a flood go on. */
  private readonly failures: AddressThrottle;
  private readonly claimSources: ClaimSource[] = [];

  constructor(
    @Inject(AUTH_OPTIONS) private readonly options: AuthOptions,
    private readonly cache: VerifiedTokenCache,
    private readonly verifier: BearerTokens,
    @Optional() @Inject(LOCAL_ISSUER) private readonly local?: LocalIssuer,
  ) {
    this.failures = new AddressThrottle(options.failuresPerSecond ?? 0);
  }

  /** While the application starts: claims that it adds count as long as the verified token is cached. */
  addClaimSource(source: ClaimSource): void {
    this.claimSources.push(source);
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

  /** As {@link byToken}, with what every check found, that of revocation included. */
  async explain(token: string): Promise<Authentication> {
    const found = this.cache.find(token) ?? (await this.verify(token));
    const revocation =
      'principal' in found ? await this.checkRevocation(found.principal) : CheckResult.notRun('revocation', notYet);
    const judged = 'principal' in found ? judgedBy(revocation, found) : found;
    const checks = (found.checks ?? []).filter(({ name }) => name !== 'revocation');
    return { ...judged, checks: [...checks, revocation] };
  }

  /** True for a token that was accepted before: its holder is not refused for a flood from the same address. */
  private wasAccepted(credentials: Credentials): boolean {
    return credentials.kind === 'bearer' && this.cache.remembers(credentials.token);
  }

  private read(credentials: Credentials, address: string): Authentication | Promise<Authentication> {
    if (credentials.kind === 'bearer') return this.byNewToken(credentials.token);
    return credentials.kind === 'basic' ? this.byPassword(credentials, address) : refusedAs(credentials.refusal);
  }

  /** Counts no 503: if the server cannot decide, the caller has not failed. */
  private counted(found: Authentication, address: string): Authentication {
    if ('refusals' in found && found.status !== 503) this.failures.spend(address);
    return found;
  }

  private async byNewToken(token: string): Promise<Authentication> {
    const verified = await this.verify(token);
    return 'principal' in verified ? this.unlessRevoked(verified) : verified;
  }

  private async verify(token: string): Promise<Authentication> {
    const verified = await this.withClaims(await this.verifier.verify(token));
    if ('principal' in verified) this.cache.remember(token, verified);
    else if (verified.status !== 503) this.cache.forget(token);
    return verified;
  }

  /** Adds the claims of all sources to those of a caller. */
  withClaims(found: Authentication): Authentication | Promise<Authentication> {
    return 'principal' in found && this.claimSources.length > 0 ? withClaims(found, this.claimSources) : found;
  }

  /** Asked for each request, so that a revoked token of ours dies at once, cached or not. */
  private unlessRevoked(found: Authenticated): Authentication | Promise<Authentication> {
    const revocation = this.checkRevocation(found.principal);
    return revocation instanceof Promise
      ? revocation.then((result) => judgedBy(result, found))
      : judgedBy(revocation, found);
  }

  private checkRevocation(principal: Principal): CheckResult | Promise<CheckResult> {
    return principal.local && this.local ? checkRevocation(principal, this.local) : notAsked;
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
      return await this.withClaims({ principal: await this.local.principalOfPassword(user, password, address) });
    } catch (error) {
      if (error instanceof Refused) return refusedBy(error);
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

const notYet = 'another check comes first';

/** A token without a refusal of its revocation counts. */
function judgedBy({ refusals: [first] }: CheckResult, found: Authenticated): Authentication {
  if (!first) return found;
  const { status } = reasons[first.code];
  return { refusals: [first], status, ...(status === 503 && { retryAfterSeconds: revocationRetrySeconds }) };
}
