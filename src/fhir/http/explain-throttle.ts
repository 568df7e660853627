import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Allowance } from '../../auth/throttle/allowance.js';
import { entriesUpTo } from '../../auth/entries-up-to.js';
import { networkOf } from '../../auth/throttle/network-of.js';
import { Refused } from '../../refusal/refusal.js';

const ofOne = (): Allowance => new Allowance(30, 0.5);
/** All callers without a token that counts share this, so that a swarm of addresses costs no more. */
const ofStrangers = (): Allowance => new Allowance(300, 10);

/** Explanations are work for nothing: each address has few, and strangers together not many (docs/adr/0026). */
@Injectable()
export class ExplainThrottle {
  private madeAddresses: LRUCache<string, Allowance> | undefined;
  private strangers = ofStrangers();

  /** Before anything else is done for a caller. Throws `too-many-explanations` with the time to wait. */
  take(address: string): void {
    const key = networkOf(address);
    let allowance = this.addresses.get(key);
    if (!allowance) this.addresses.set(key, (allowance = ofOne()));
    takeFrom(allowance, 'from this address');
  }

  /** Everybody begins anew. */
  forget(): void {
    this.addresses.clear();
    this.strangers = ofStrangers();
  }

  /** For who sends no token of their own that counts. */
  takeAsStranger(): void {
    takeFrom(this.strangers, 'by callers without a valid token of their own');
  }

  private get addresses(): LRUCache<string, Allowance> {
    return (this.madeAddresses ??= new LRUCache(entriesUpTo(10_000)));
  }
}

function takeFrom(allowance: Allowance, whose: string): void {
  const { wait } = allowance;
  if (wait !== undefined) throw tooMany(whose, wait);
  allowance.spend();
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
