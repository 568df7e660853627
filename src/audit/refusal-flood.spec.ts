import { describe, expect, it } from 'vitest';
import { RefusalFlood } from './refusal-flood.js';

describe('a flood of refusals', () => {
  it('writes the first ones of a network down and counts the rest', () => {
    const flood = new RefusalFlood();
    const admitted = Array.from({ length: 25 }, (_, i) => flood.admits('token-malformed', `203.0.113.${i}`));
    expect(admitted.filter(Boolean)).toHaveLength(10);
    expect(flood.take()).toEqual([{ reason: 'token-malformed', network: '203.0.113.0/24', count: 15 }]);
  });

  it('begins anew each minute', () => {
    const flood = new RefusalFlood();
    for (let i = 0; i < 25; i++) flood.admits('token-malformed', '2001:db8::1');
    expect(flood.take()).toEqual([{ reason: 'token-malformed', network: '2001:db8:0:0::/64', count: 15 }]);
    expect([flood.take(), flood.admits('token-malformed', '2001:db8::1')]).toEqual([[], true]);
  });

  it('stays small however many networks there are', () => {
    const flood = new RefusalFlood();
    let admitted = 0;
    for (let i = 0; i < 20_000; i++) {
      if (flood.admits('no-credentials', `10.${i >> 8}.${i & 255}.1`)) admitted++;
    }
    const taken = flood.take();
    expect(admitted).toBe(200);
    expect(taken.length).toBeLessThanOrEqual(1_001);
    expect(taken.reduce((sum, { count }) => sum + count, 0)).toBe(20_000 - 200);
  });

  it('takes an address of any form', () => {
    const flood = new RefusalFlood();
    for (const address of ['', '::1', 'fe80::1%eth0', '::ffff:192.0.2.1']) flood.admits('no-credentials', address);
    expect(flood.take()).toEqual([]);
  });
});
