import { setTimeout as delay } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { entriesUpTo } from '../entries-up-to.js';
import { chooseKeys, keysUnavailable, unknownKid, type KeyChoice, type KeyHint } from './key-choice.js';
import { KeysUnreachable, type KeySource } from './key-source.js';
import { readVerificationKeys, type VerificationKey } from './verification-keys.js';

/** Milliseconds, and how many requests may wait for one fetch. */
export interface KeyTiming {
  /** Between the starts of two fetches, whatever is asked. */
  readonly cooldown: number;
  /** Time that an unknown kid is refused without another look. */
  readonly unknownKid: number;
  readonly defaultFresh: number;
  readonly shortestFresh: number;
  readonly longestFresh: number;
  /** Time that known keys go on after that while the issuer does not answer. */
  readonly staleWhileError: number;
  readonly mostWaiting: number;
}

export const usualKeyTiming: KeyTiming = {
  cooldown: 2000,
  unknownKid: 30_000,
  defaultFresh: 600_000,
  shortestFresh: 60_000,
  longestFresh: 86_400_000,
  staleWhileError: 86_400_000,
  mostWaiting: 200,
};

const mostUnknownKids = 1000;
const now = (): number => performance.now();

/** Keys that were published, by a fetch that started at a known moment. */
interface KeySet {
  readonly keys: readonly VerificationKey[];
  readonly asOf: number;
  readonly freshUntil: number;
}

/**
 * The keys of one issuer (RFC 7517). Fetches are shared and spaced, so that invented kids cannot flood the
 * issuer; an unknown kid waits for a fetch that started after it came, so that they cannot hide a real rotation either.
 */
export class IssuerKeys {
  /** Numbers of fetches so far, by result. */
  readonly fetches = { ok: 0, failed: 0 };
  private current: KeySet | undefined;
  private lastStart = Number.NEGATIVE_INFINITY;
  private failure: { readonly cause: string; readonly at: number } | undefined;
  private inFlight: Promise<void> | undefined;
  private scheduled: Promise<void> | undefined;
  private waiting = 0;
  private madeUnknownKids: LRUCache<string, true> | undefined;

  constructor(
    private readonly issuer: string,
    private readonly source: KeySource,
    private readonly timing: KeyTiming = usualKeyTiming,
  ) {}

  /** True if the last fetch of keys failed. */
  get isFailing(): boolean {
    return this.failure !== undefined;
  }

  async find(hint: KeyHint): Promise<KeyChoice> {
    const arrived = now();
    if (!this.usable()) await this.fetchOrJoin();
    else if (this.current!.freshUntil < arrived) this.refreshBehind();
    return this.choose(hint) ?? this.findNewer(hint, arrived);
  }

  /**
   * For a token without kid that no key verifies: whether newer keys than it was tried with could be had.
   * Looks again only when the known ones have some age.
   */
  async lookAgain(): Promise<boolean> {
    const tried = this.current;
    if (!tried || now() - tried.asOf < this.timing.unknownKid || this.waiting >= this.timing.mostWaiting) return false;
    await this.wait(() => this.nextFetch());
    return this.current !== tried;
  }

  private usable(): boolean {
    return this.current !== undefined && now() < this.current.freshUntil + this.timing.staleWhileError;
  }

  private choose(hint: KeyHint): KeyChoice | undefined {
    return this.usable() ? chooseKeys(this.current!.keys, hint, this.issuer) : this.unavailable();
  }

  private async findNewer(hint: KeyHint, arrived: number): Promise<KeyChoice> {
    const name = hint.kid ?? `\0${hint.algorithm}`;
    if (this.unknownKids.has(name)) return { refusal: unknownKid(hint.kid, this.issuer) };
    if (this.inFlight) {
      const found = await this.wait(async () => {
        await this.inFlight;
        return this.choose(hint);
      });
      if (found) return found;
    }
    if (this.current!.asOf < arrived) {
      if (this.failedJustNow() || this.waiting >= this.timing.mostWaiting) return this.unavailable();
      await this.wait(() => this.nextFetch());
      const found = this.choose(hint);
      if (found) return found;
      if (this.current!.asOf < arrived) return this.unavailable();
    }
    this.unknownKids.set(name, true);
    return { refusal: unknownKid(hint.kid, this.issuer) };
  }

  private async wait<T>(work: () => Promise<T>): Promise<T> {
    this.waiting++;
    try {
      return await work();
    } finally {
      this.waiting--;
    }
  }

  private unavailable(): KeyChoice {
    const since = this.failure?.at ?? this.lastStart;
    const seconds = Math.max(1, Math.ceil((since + this.timing.cooldown - now()) / 1000));
    return keysUnavailable(this.issuer, this.failure?.cause ?? 'too many requests wait for them', seconds);
  }

  private failedJustNow(): boolean {
    return this.failure !== undefined && !this.inFlight && now() < this.failure.at + this.timing.cooldown;
  }

  private async fetchOrJoin(): Promise<void> {
    if (!this.failedJustNow()) await this.fetch();
  }

  /** Known keys serve meanwhile; a failure is forgotten until the next request comes after the cooldown. */
  private refreshBehind(): void {
    if (now() >= this.lastStart + this.timing.cooldown) void this.fetch();
  }

  /** A fetch that starts after this call, shared by all who ask before it does. */
  private nextFetch(): Promise<void> {
    return (this.scheduled ??= this.fetchWhenAllowed());
  }

  private async fetchWhenAllowed(): Promise<void> {
    await this.inFlight;
    const pause = this.lastStart + this.timing.cooldown - now();
    if (pause > 0) await delay(pause);
    await this.inFlight;
    this.scheduled = undefined;
    await this.fetch();
  }

  /** Never rejects: what went wrong is kept for those who need the keys. */
  private fetch(): Promise<void> {
    return (this.inFlight ??= this.load().finally(() => {
      this.inFlight = undefined;
    }));
  }

  private async load(): Promise<void> {
    const asOf = now();
    this.lastStart = asOf;
    try {
      const { jwks, maxAgeSeconds } = await this.source.load();
      const { defaultFresh, shortestFresh, longestFresh } = this.timing;
      const fresh = maxAgeSeconds === undefined ? defaultFresh : maxAgeSeconds * 1000;
      const keys = await readVerificationKeys(jwks);
      this.current = { keys, asOf, freshUntil: now() + Math.min(Math.max(fresh, shortestFresh), longestFresh) };
      this.failure = undefined;
      this.fetches.ok++;
    } catch (error) {
      const cause = error instanceof KeysUnreachable ? error.message : 'what it publishes cannot be read';
      this.failure = { cause, at: now() };
      this.fetches.failed++;
    }
  }

  private get unknownKids(): LRUCache<string, true> {
    return (this.madeUnknownKids ??= new LRUCache({ ...entriesUpTo(mostUnknownKids), ttl: this.timing.unknownKid }));
  }
}
