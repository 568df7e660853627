import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Authenticated } from './authentication.js';

/** Characters of tokens, as a measure of the claims that are kept. */
const largestSize = 16 * 1024 * 1024;
/** Each token counts as so many at least: 10,000 tokens. */
const leastSize = Math.ceil(largestSize / 10_000);
const longestSeconds = 60;

interface Entry {
  readonly found: Authenticated;
  readonly until: number;
}

/** Tokens that passed every check lately, by their SHA-256 (section 3 of the stack notes: verification is most of a read). */
@Injectable()
export class VerifiedTokenCache {
  hits = 0;
  misses = 0;
  private madeEntries: LRUCache<string, Entry> | undefined;

  /** Undefined when unknown, older than a minute, or expired by now. */
  find(token: string): Authenticated | undefined {
    const key = keyOf(token);
    const entry = this.entries.get(key);
    if (entry && Date.now() < entry.until) {
      this.hits++;
      return entry.found;
    }
    this.misses++;
    return undefined;
  }

  /** True if the token passed every check once and has not expired since; it has to pass them again. */
  remembers(token: string): boolean {
    const entry = this.entries.get(keyOf(token));
    return entry !== undefined && Date.now() < entry.found.principal.expiresAt * 1000;
  }

  forget(token: string): void {
    this.entries.delete(keyOf(token));
  }

  remember(token: string, found: Authenticated): void {
    const longestMs = Math.min(found.trustSeconds ?? longestSeconds, longestSeconds) * 1000;
    const until = Math.min(Date.now() + longestMs, found.principal.expiresAt * 1000);
    if (until > Date.now())
      this.entries.set(keyOf(token), { found, until }, { size: Math.max(token.length, leastSize) });
  }

  private get entries(): LRUCache<string, Entry> {
    return (this.madeEntries ??= new LRUCache({ maxSize: largestSize }));
  }
}

const keyOf = (token: string): string => hash('sha256', token, 'base64');
