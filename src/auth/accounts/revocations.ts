import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Polled } from '../../database/polled.js';
import { Refused } from '../../refusal/refusal.js';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from './local-auth.options.js';
import { RevocationRepository, type Revocation } from '../storage/revocation.repository.js';
import { refusal } from '../refusals/token-refusal.js';

const answerWithinMs = 3_000;
/** A revocation is dated when written and visible when committed: look back further than any such transaction takes. */
const overlapSeconds = 60;

/** The revocation list of all servers on this database, kept in memory and never trusted when stale. */
@Injectable()
export class Revocations implements OnModuleInit, OnModuleDestroy {
  /** Until when, on this process's clock, each entry matters. */
  private readonly known = new Map<string, number>();
  private since: string | undefined;
  private readonly polled: Polled;

  constructor(
    private readonly stored: RevocationRepository,
    @Inject(LOCAL_AUTH_OPTIONS) private readonly options: LocalAuthOptions,
  ) {
    const dropExpired = (): void => this.dropExpired();
    this.polled = new Polled(() => this.look(), {
      failed: dropExpired,
      changes: { poll: stored.changes, subjects: ['revocations'], confirmed: dropExpired },
    });
  }

  onModuleInit(): Promise<void> {
    return this.polled.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.polled.stop();
  }

  isRevoked(token: { readonly tokenId?: string; readonly sessionId?: string }): boolean | Promise<boolean> {
    const { tokenId, sessionId } = token;
    if (tokenId !== undefined && this.known.has(keyOf({ kind: 'jti', value: tokenId }))) return true;
    if (sessionId !== undefined && this.known.has(keyOf({ kind: 'sid', value: sessionId }))) return true;
    return this.polled.isBelieved ? false : this.ask(token);
  }

  /** Ends one access token everywhere, here at once. */
  async revokeToken(tokenId: string, expiresAt: number): Promise<void> {
    const seconds = Math.max(0, expiresAt - Date.now() / 1_000) + this.marginSeconds();
    await this.stored.insert({ kind: 'jti', value: tokenId }, seconds);
    this.remember({ kind: 'jti', value: tokenId }, seconds);
  }

  /** For sessions whose end is in the database already: makes it count here at once. */
  rememberSessions(sessionIds: readonly string[]): void {
    for (const value of sessionIds) this.remember({ kind: 'sid', value }, this.sessionSeconds());
  }

  /** Seconds that the end of a session must be known: the life of the last access token it may have given. */
  sessionSeconds(): number {
    return (this.options.longestTokenTtl ?? this.options.tokenTtl) + this.marginSeconds();
  }

  /** Looks at the table once; parallel calls share one look. */
  poll(): Promise<void> {
    return this.polled.lookNow();
  }

  private async look(): Promise<void> {
    const { at, revocations } = await this.stored.recent(this.since, overlapSeconds);
    for (const { secondsLeft, ...revocation } of revocations) this.remember(revocation, secondsLeft);
    this.since = at;
    this.dropExpired();
  }

  private remember(revocation: Revocation, seconds: number): void {
    this.known.set(keyOf(revocation), performance.now() + seconds * 1_000);
  }

  private dropExpired(): void {
    const now = performance.now();
    for (const [key, until] of this.known) if (until < now) this.known.delete(key);
  }

  private async ask({ tokenId, sessionId }: { tokenId?: string; sessionId?: string }): Promise<boolean> {
    const wanted: Revocation[] = [];
    if (tokenId !== undefined) wanted.push({ kind: 'jti', value: tokenId });
    if (sessionId !== undefined) wanted.push({ kind: 'sid', value: sessionId });
    try {
      return await within(answerWithinMs, this.stored.contains(wanted));
    } catch {
      throw new Refused(
        [
          refusal(
            'revocations-unavailable',
            'Whether the token was revoked cannot be checked: the database does not answer.',
            'Try again in a few seconds; the token itself may be fine.',
          ),
        ],
        { retryAfterSeconds: 5 },
      );
    }
  }

  private marginSeconds(): number {
    return this.options.clockSkewSeconds + overlapSeconds;
  }
}

const keyOf = ({ kind, value }: Revocation): string => `${kind}:${value}`;

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('No answer in time')), milliseconds);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
