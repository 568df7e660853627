import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashToken } from './token-hash.js';

describe('hashToken', () => {
  it('is the first eight bytes of SHA-256, big endian and signed', () => {
    // printf 'abc' | sha256sum: ba7816bf8f01cfea…
    expect(hashToken('abc')).toBe(BigInt.asIntN(64, 0xba7816bf8f01cfean).toString());
  });

  it('agrees with SHA-256 on any text, asked once or again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const expected = createHash('sha256').update(text, 'utf8').digest().readBigInt64BE(0).toString();
        expect(hashToken(text)).toBe(expected);
        expect(hashToken(text)).toBe(expected);
      }),
    );
  });

  it('stays right when the cache turns over', () => {
    const first = hashToken('p\u001fturned');
    for (let at = 0; at < 50_000; at++) hashToken(`p\u001f${at}`);
    expect(hashToken('p\u001fturned')).toBe(first);
  });
});
