import { LRUCache } from 'lru-cache';
import { networkOf } from './login/login-throttle.js';

const mostAddresses = 10_000;
/** So many seconds' worth of failures may come at once. */
const burstSeconds = 10;

interface Bucket {
  left: number;
  at: number;
}

/**
 * Failed authentications by network address: each has so many a second, and what comes beyond is refused unread, which
 * costs a fraction of reading it. In the memory of this process, since it is this process that it protects. What was verified
 * lately is not asked about here, so whoever shares an address with a flood goes on.
 */
export class FailureThrottle {
  private readonly buckets = new LRUCache<string, Bucket>({ max: mostAddresses });

  /** 0: any number of failures. */
  constructor(
    private readonly perSecond: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Seconds until another credential of this address is read; undefined: now. */
  wait(address: string): number | undefined {
    if (this.perSecond === 0) return undefined;
    const bucket = this.buckets.get(networkOf(address));
    if (!bucket || this.refilled(bucket) >= 1) return undefined;
    return Math.max(1, Math.ceil((1 - bucket.left) / this.perSecond));
  }

  failed(address: string): void {
    if (this.perSecond === 0) return;
    const key = networkOf(address);
    const bucket = this.buckets.get(key) ?? { left: this.burst, at: this.now() };
    bucket.left = this.refilled(bucket) - 1;
    this.buckets.set(key, bucket);
  }

  private get burst(): number {
    return this.perSecond * burstSeconds;
  }

  private refilled(bucket: Bucket): number {
    const now = this.now();
    bucket.left = Math.min(this.burst, bucket.left + ((now - bucket.at) / 1000) * this.perSecond);
    bucket.at = now;
    return bucket.left;
  }
}
