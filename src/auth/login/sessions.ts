import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Refused } from '../../refusal/refusal.js';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../accounts/local-auth.options.js';
import { Revocations } from '../accounts/revocations.js';
import { hashOpaque } from '../hash-opaque.js';
import { RefreshTokens } from './session-tokens.js';
import {
  LoginSessionRepository,
  type LoginSession,
  type RotationOutcome,
} from '../storage/login-session.repository.js';
import { refusal } from '../refusals/token-refusal.js';

/** A client on a bad line may not have got the answer: for so long the same request gets the same successor. */
export const refreshGraceSeconds = 30;

export interface OpenSession {
  readonly sessionId: string;
  readonly refreshToken: string;
}

/** Sessions: opened by a login, carried on by refresh tokens, ended for all processes at once. */
@Injectable()
export class Sessions {
  constructor(
    private readonly stored: LoginSessionRepository,
    private readonly refreshTokens: RefreshTokens,
    private readonly revocations: Revocations,
    @Inject(LOCAL_AUTH_OPTIONS) private readonly options: LocalAuthOptions,
  ) {}

  /** `ttlSeconds`: how long it lives, however often it is refreshed. */
  async open(userId: string, scopes: readonly string[], ttlSeconds = this.options.refreshTtl): Promise<OpenSession> {
    const session = { sessionId: randomUUID(), refreshToken: this.refreshTokens.generate() };
    await this.stored.open({
      id: session.sessionId,
      userId,
      scopes: scopes.join(' '),
      ttlSeconds,
      refreshHash: hashOpaque(session.refreshToken),
    });
    return session;
  }

  /** Exchanges a refresh token for its successor; one that comes back after the grace was stolen, and ends the session. */
  async rotate(refreshToken: string): Promise<string> {
    const successor = await this.refreshTokens.successorOf(refreshToken);
    const outcome = await this.stored.rotate({
      usedHash: hashOpaque(refreshToken),
      successorHash: hashOpaque(successor),
      graceSeconds: refreshGraceSeconds,
    });
    if (outcome.kind === 'rotated') return successor;
    if (outcome.kind === 'reused') await this.end(outcome.session.id);
    throw refreshTokenInvalid(facts[outcome.kind]);
  }

  /** The session of a refresh token in any state. */
  findByRefreshToken(refreshToken: string): Promise<LoginSession | null> {
    return this.stored.findByRefreshHash(hashOpaque(refreshToken));
  }

  async end(sessionId: string): Promise<void> {
    await this.publish({ id: sessionId });
    // Another process may have ended it a moment ago: what counts there counts here too.
    this.revocations.rememberSessions([sessionId]);
  }

  async endAllOf(userId: string): Promise<void> {
    this.revocations.rememberSessions(await this.publish({ userId }));
  }

  private publish(which: { readonly id: string } | { readonly userId: string }): Promise<readonly string[]> {
    return this.stored.end(which, this.revocations.sessionSeconds());
  }
}

const facts: Readonly<Record<Exclude<RotationOutcome['kind'], 'rotated'>, string>> = {
  unknown: 'This server does not know the refresh token.',
  expired: 'The session of this refresh token has expired.',
  revoked: 'The session of this refresh token has ended: by logout, by revocation, or because a used token came back.',
  reused: `The refresh token was used up more than ${refreshGraceSeconds} s ago. It may have been stolen, so the whole session was ended.`,
};

export const refreshTokenInvalid = (fact: string): Refused =>
  new Refused([
    refusal(
      'refresh-token-invalid',
      fact,
      'Log in again. After each refresh, keep the new refresh_token and drop the old one.',
    ),
  ]);
