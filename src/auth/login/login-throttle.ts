import { Injectable } from '@nestjs/common';
import { Refused } from '../../refusal/refusal.js';
import { LoginThrottleRepository, type FailureCount } from '../storage/login-throttle.repository.js';
import { networkOf } from '../throttle/network-of.js';
import { refusal } from '../refusals/token-refusal.js';
import { TypedNames } from '../accounts/typed-names.js';

/** Failures count for 15 minutes from the first of them. */
export const throttleWindowSeconds = 15 * 60;
const perUserAndAddress = 10;
const perAddress = 50;
/** Failures from which a user counts as under attack, and each address has fewer tries. */
const perUser = 100;
const perUserAndAddressUnderAttack = 3;

/**
 * Failed attempts, counted in the database for all servers together: 10 for one user from one address, 50 from one address.
 * 100 failures for one user, from wherever, never lock that user out: they leave each address 3 tries instead of 10, so the
 * owner of the account still gets in from an address that has not failed, and a swarm of addresses has 3 guesses each.
 */
@Injectable()
export class LoginThrottle {
  constructor(
    private readonly stored: LoginThrottleRepository,
    private readonly names: TypedNames,
  ) {}

  /** Throws `too-many-attempts` while there is no try left. */
  async check(user: string, address: string): Promise<void> {
    const keys = await this.keysOf(user, address);
    const counts = new Map((await this.stored.counts(Object.values(keys))).map((count) => [count.key, count]));
    const underAttack = (counts.get(keys.user)?.failures ?? 0) >= perUser;
    const perPair = underAttack ? perUserAndAddressUnderAttack : perUserAndAddress;
    refuseAt(perPair, counts.get(keys.userAndAddress), 'for this user from this address');
    refuseAt(perAddress, counts.get(keys.address), 'from this address');
  }

  async failed(user: string, address: string): Promise<void> {
    await this.stored.addFailure(Object.values(await this.keysOf(user, address)), throttleWindowSeconds);
  }

  /** Forgets what counts against the user; the address keeps its count, or one good account would pay for guessing others. */
  async succeeded(user: string, address: string): Promise<void> {
    const keys = await this.keysOf(user, address);
    await this.stored.forget([keys.userAndAddress, keys.user]);
  }

  private async keysOf(user: string, address: string): Promise<Record<'userAndAddress' | 'user' | 'address', string>> {
    const network = networkOf(address);
    return {
      userAndAddress: await this.names.hash('user and address', user, network),
      user: await this.names.hash('user', user),
      address: await this.names.hash('address', network),
    };
  }
}

function refuseAt(limit: number, count: FailureCount | undefined, whose: string): void {
  if (!count || count.failures < limit) return;
  const seconds = Math.max(1, Math.ceil(count.secondsLeft));
  throw new Refused(
    [
      refusal(
        'too-many-attempts',
        `There were ${limit} failed logins ${whose} within ${throttleWindowSeconds / 60} minutes.`,
        `Wait ${seconds} s, then send the right password. Another address is not affected.`,
      ),
    ],
    { retryAfterSeconds: seconds },
  );
}
