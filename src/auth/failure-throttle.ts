import { LRUCache } from 'lru-cache';
import { Allowance } from './allowance.js';
import { networkOf } from './network-of.js';

const mostAddresses = 10_000;
/** So many seconds' worth of failures may come at once. */
const burstSeconds = 10;

/**
 * Failed authentications by network address: each has so many a second, and what comes beyond is refused unread, which
 * costs a fraction of reading it. In the memory of this process, since it is this process that it protects. What was
 * accepted before is not asked about here, so whoever shares an address with a flood goes on.
 */
export class FailureThrottle {
  private readonly allowances = new LRUCache<string, Allowance>({ max: mostAddresses });

  /** 0: any number of failures. */
  constructor(
    private readonly perSecond: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Seconds until another credential of this address is read; undefined: now. */
  wait(address: string): number | undefined {
    return this.perSecond === 0 ? undefined : this.allowances.get(networkOf(address))?.wait;
  }

  failed(address: string): void {
    if (this.perSecond === 0) return;
    const key = networkOf(address);
    const allowance =
      this.allowances.get(key) ?? new Allowance(this.perSecond * burstSeconds, this.perSecond, this.now);
    allowance.spend();
    this.allowances.set(key, allowance);
  }
}
