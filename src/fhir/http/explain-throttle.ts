import { isIPv6 } from 'node:net';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Refused } from '../../refusal/refusal.js';

/** A store of tries that fills itself again. */
interface Bucket {
  left: number;
  /** Milliseconds of the process's clock. */
  at: number;
}

interface Allowance {
  readonly most: number;
  readonly perSecond: number;
}

const ofOne: Allowance = { most: 30, perSecond: 0.5 };
/** All callers without a token that counts share this, so that a swarm of addresses costs no more. */
const ofStrangers: Allowance = { most: 300, perSecond: 10 };

/** Explanations are work for nothing: each address has few, and strangers together not many (requirement 155). */
@Injectable()
export class ExplainThrottle {
  private readonly addresses = new LRUCache<string, Bucket>({ max: 10_000 });
  private readonly strangers: Bucket = { left: ofStrangers.most, at: performance.now() };

  /** Before anything else is done for a caller. Throws `too-many-explanations` with the time to wait. */
  take(address: string): void {
    const key = networkOf(address);
    let bucket = this.addresses.get(key);
    if (!bucket) this.addresses.set(key, (bucket = { left: ofOne.most, at: performance.now() }));
    takeFrom(bucket, ofOne, 'from this address');
  }

  /** Everybody begins anew. */
  forget(): void {
    this.addresses.clear();
    this.strangers.left = ofStrangers.most;
  }

  /** For who sends no token of their own that counts. */
  takeAsStranger(): void {
    takeFrom(this.strangers, ofStrangers, 'by callers without a valid token of their own');
  }
}

function takeFrom(bucket: Bucket, { most, perSecond }: Allowance, whose: string): void {
  const now = performance.now();
  bucket.left = Math.min(most, bucket.left + ((now - bucket.at) / 1000) * perSecond);
  bucket.at = now;
  if (bucket.left < 1) throw tooMany(whose, Math.ceil((1 - bucket.left) / perSecond));
  bucket.left -= 1;
}

/** Whoever has one IPv6 address has all of its /64. */
export function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [start = '', rest = ''] = address.split('::');
  const groups = start.split(':').filter(Boolean);
  const missing = 8 - groups.length - rest.split(':').filter(Boolean).length;
  const all = address.includes('::') ? [...groups, ...Array<string>(missing).fill('0')] : groups;
  return all.slice(0, 4).join(':');
}

const tooMany = (whose: string, seconds: number): Refused =>
  new Refused(
    [
      {
        code: 'too-many-explanations',
        fact: `Too many explanations were asked for ${whose}.`,
        cure: `Wait ${seconds} s. A refused request names the same reasons by itself, and $my-access is not limited.`,
      },
    ],
    { retryAfterSeconds: seconds },
  );
