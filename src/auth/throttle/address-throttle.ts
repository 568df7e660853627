import { LRUCache } from 'lru-cache';
import { entriesUpTo } from '../entries-up-to.js';
import { Allowance } from './allowance.js';
import { networkOf } from './network-of.js';

const mostAddresses = 10_000;
/** So many seconds' worth may come at once. */
const burstSeconds = 10;

/**
 * Limits the work that each network address causes per second; requests beyond are refused unread, which costs a
 * fraction of reading them. Kept in the memory of this process, since it protects this process.
 */
export class AddressThrottle {
  private madeAllowances: LRUCache<string, Allowance> | undefined;

  /** 0: any number. */
  constructor(
    private readonly perSecond: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Seconds until something else of this address is read; undefined: now. */
  wait(address: string): number | undefined {
    return this.perSecond === 0 ? undefined : this.allowances.get(networkOf(address))?.wait;
  }

  spend(address: string, cost = 1): void {
    if (this.perSecond === 0) return;
    const key = networkOf(address);
    const allowance =
      this.allowances.get(key) ?? new Allowance(this.perSecond * burstSeconds, this.perSecond, this.now);
    allowance.spend(cost);
    this.allowances.set(key, allowance);
  }

  private get allowances(): LRUCache<string, Allowance> {
    return (this.madeAllowances ??= new LRUCache(entriesUpTo(mostAddresses)));
  }
}
