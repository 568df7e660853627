import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { newKey, type IssuerKey } from '../../../test/support/issuer.js';
import { IssuerKeys, usualKeyTiming, type KeyTiming } from './issuer-keys.js';
import type { KeyChoice } from './key-choice.js';
import { KeysUnreachable, type KeySource } from './key-source.js';

const [first, second, elliptic] = [newKey('RS256', 'k1'), newKey('RS256', 'k2'), newKey('ES256', 'e1')];
const fast: KeyTiming = { ...usualKeyTiming, cooldown: 60, unknownKid: 200, shortestFresh: 0 };

/** A publisher whose answers, speed and health a test decides. */
class Publisher implements KeySource {
  loads = 0;
  isDown = false;
  pauseMs = 5;
  maxAgeSeconds: number | undefined;
  constructor(public keys: readonly IssuerKey[]) {}

  async load() {
    this.loads++;
    const { isDown, keys, maxAgeSeconds } = this;
    await delay(this.pauseMs);
    if (isDown) throw new KeysUnreachable('keys.status', { url: 'https://idp.example/jwks', status: 500 });
    return { jwks: keys.map(({ jwk }) => jwk), ...(maxAgeSeconds !== undefined && { maxAgeSeconds }) };
  }
}

const keysOf = (publisher: Publisher, timing: Partial<KeyTiming> = {}): IssuerKeys =>
  new IssuerKeys('https://idp.example', publisher, { ...fast, ...timing });
const rs = (kid?: string) => ({ algorithm: 'RS256', ...(kid !== undefined && { kid }) }) as const;
const outcome = (choice: KeyChoice): string | number =>
  'refusal' in choice ? choice.refusal.code : choice.keys.length;
const find = async (keys: IssuerKeys, kid?: string): Promise<string | number> => outcome(await keys.find(rs(kid)));

afterEach(() => {
  vi.useRealTimers();
});

describe('IssuerKeys', () => {
  it('fetches once for all who ask at the same time, and keeps the keys', async () => {
    const publisher = new Publisher([first]);
    const keys = keysOf(publisher);
    const found = await Promise.all(Array.from({ length: 50 }, () => find(keys, 'k1')));
    expect(new Set(found)).toEqual(new Set([1]));
    await find(keys, 'k1');
    expect(publisher.loads).toBe(1);
  });

  it('refuses an unknown kid after one look, and then without one', async () => {
    const publisher = new Publisher([first]);
    const keys = keysOf(publisher);
    await find(keys, 'k1');
    expect(await find(keys, 'invented')).toBe('kid-unknown');
    expect(publisher.loads).toBe(2);
    expect(await find(keys, 'invented')).toBe('kid-unknown');
    expect(publisher.loads).toBe(2);
  });

  it('accepts a key that was rotated in, during a flood of invented kids, with one fetch per cooldown', async () => {
    const publisher = new Publisher([first]);
    const keys = keysOf(publisher, { mostWaiting: 20 });
    await find(keys, 'k1');
    const started = performance.now();
    const flood = Array.from({ length: 2000 }, (_, n) => find(keys, `invented-${n}`));
    publisher.keys = [second, first];
    let found: string | number = '';
    while (found !== 1 && performance.now() - started < 5000) {
      void find(keys, `more-${Math.random()}`);
      found = await find(keys, 'k2');
      await delay(1);
    }
    const elapsed = performance.now() - started;
    expect(found).toBe(1);
    expect(elapsed).toBeLessThan(1000);
    expect(publisher.loads).toBeLessThanOrEqual(2 + elapsed / fast.cooldown);
    expect(new Set(await Promise.all(flood))).toEqual(new Set(['kid-unknown', 'keys-unavailable']));
    expect(await find(keys, 'k1')).toBe(1);
  });

  it('a kid is not called unknown because of a fetch that began before it was asked for', async () => {
    const publisher = new Publisher([first]);
    const keys = keysOf(publisher);
    await find(keys, 'k1');
    await delay(fast.cooldown);
    publisher.pauseMs = 40;
    const early = find(keys, 'invented');
    await delay(10);
    publisher.keys = [second];
    expect(await find(keys, 'k2')).toBe(1);
    expect(await early).toBe('kid-unknown');
  });

  it('says so when keys cannot be had at first, at once for the next ones, and recovers', async () => {
    const publisher = new Publisher([first]);
    publisher.isDown = true;
    const keys = keysOf(publisher);
    const choice = await keys.find(rs('k1'));
    expect(choice).toMatchObject({ refusal: { code: 'keys-unavailable' }, retryAfterSeconds: 1 });
    expect(await find(keys, 'k1')).toBe('keys-unavailable');
    expect(publisher.loads).toBe(1);
    publisher.isDown = false;
    // Timers may fire a millisecond early.
    await delay(fast.cooldown + 5);
    expect(await find(keys, 'k1')).toBe(1);
  });

  it('known keys go on while the issuer is down, and an unknown kid is told to wait', async () => {
    const publisher = new Publisher([first]);
    const keys = keysOf(publisher, { defaultFresh: 10 });
    await find(keys, 'k1');
    publisher.isDown = true;
    await delay(fast.cooldown + 20);
    expect(await find(keys, 'k1')).toBe(1);
    expect(await find(keys, 'k2')).toBe('keys-unavailable');
    expect(await find(keys, 'k1')).toBe(1);
  });

  it('known keys do not go on for ever', async () => {
    const publisher = new Publisher([first]);
    const keys = keysOf(publisher, { defaultFresh: 10, staleWhileError: 10 });
    await find(keys, 'k1');
    publisher.isDown = true;
    await delay(40);
    expect(await find(keys, 'k1')).toBe('keys-unavailable');
  });

  it('refreshes behind the requests when the publisher says so, and forgets a withdrawn key', async () => {
    // A clock of its own: on a busy machine a pause takes longer than it says.
    vi.useFakeTimers({ toFake: ['performance'] });
    const publisher = new Publisher([first]);
    publisher.maxAgeSeconds = 0.05;
    const keys = keysOf(publisher);
    await find(keys, 'k1');
    publisher.keys = [second];
    vi.advanceTimersByTime(fast.cooldown + 50);
    expect(await find(keys, 'k1')).toBe(1);
    expect(publisher.loads).toBe(2);
    await vi.waitFor(async () => expect(await find(keys, 'k1')).toBe('kid-unknown'), 10_000);
  });

  it.each([
    [0, 100],
    [1e9, 100],
    [-5, 100],
  ])('keeps a max-age of %d within bounds', async (maxAgeSeconds, bound) => {
    // A clock of its own: on a busy machine a pause takes longer than it says.
    vi.useFakeTimers({ toFake: ['performance'] });
    const publisher = new Publisher([first]);
    publisher.maxAgeSeconds = maxAgeSeconds;
    const keys = keysOf(publisher, { shortestFresh: bound, longestFresh: bound });
    await find(keys, 'k1');
    vi.advanceTimersByTime(bound - 1);
    await find(keys, 'k1');
    expect(publisher.loads).toBe(1);
    vi.advanceTimersByTime(2);
    await find(keys, 'k1');
    expect(publisher.loads).toBe(2);
  });

  it('without kid, tries the keys that fit the algorithm', async () => {
    const keys = keysOf(new Publisher([first, second, elliptic]));
    expect(await find(keys)).toBe(2);
    expect(outcome(await keys.find({ algorithm: 'ES256' }))).toBe(1);
    expect(outcome(await keys.find({ algorithm: 'ES384' }))).toBe('kid-unknown');
  });

  it('refuses a kid that two keys share', async () => {
    expect(await find(keysOf(new Publisher([first, newKey('RS256', 'k1')])), 'k1')).toBe('kid-ambiguous');
  });

  it.each([
    ['a key of another type', { kid: 'e1', algorithm: 'RS256' }],
    ['a key for another algorithm', { kid: 'k1', algorithm: 'RS384' }],
    ['a short RSA key', { kid: 'short', algorithm: 'RS256' }],
    ['a curve that does not fit', { kid: 'e1', algorithm: 'ES384' }],
  ] as const)('%s does not fit', async (_name, hint) => {
    const keys = keysOf(new Publisher([first, elliptic, newKey('RS256', 'short', 1024)]));
    expect(outcome(await keys.find(hint))).toBe('alg-key-mismatch');
  });

  it.each([
    ['an encryption key', { use: 'enc' }],
    ['a key for signing only', { key_ops: ['sign'] }],
    ['a private key', newKey('RS256').privateKey.export({ format: 'jwk' })],
    ['a secret', { kty: 'oct', k: 'AAAA' }],
    ['a point that is not on its curve', { ...elliptic.jwk, y: elliptic.jwk['x'], kid: 'k1' }],
  ])('leaves out %s', async (_name, changes) => {
    const odd = { ...first, jwk: { ...first.jwk, ...changes } };
    expect(await find(keysOf(new Publisher([odd, second])), 'k1')).toBe('kid-unknown');
  });

  it('looks again for a token without kid that nothing verifies, but not often', async () => {
    const publisher = new Publisher([first]);
    const keys = keysOf(publisher);
    expect(await keys.lookAgain()).toBe(false);
    await find(keys);
    expect(await keys.lookAgain()).toBe(false);
    await delay(fast.unknownKid);
    publisher.keys = [second];
    expect(await keys.lookAgain()).toBe(true);
    expect(publisher.loads).toBe(2);
  });
});
