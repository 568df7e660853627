import { describe, expect, it } from 'vitest';
import { generateSecret, hashSecret, isSameHash, matchesSecret } from './client-secret.js';

describe('secrets of clients', () => {
  const secret = generateSecret();

  it('have 256 random bits and are stored salted', () => {
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect(hashSecret(secret)).not.toContain(secret);
    expect(hashSecret(secret)).not.toBe(hashSecret(secret));
  });

  it('match their own hash only', () => {
    expect(matchesSecret(secret, hashSecret(secret))).toBe(true);
    expect(matchesSecret(`${secret}x`, hashSecret(secret))).toBe(false);
    expect(matchesSecret('', hashSecret(secret))).toBe(false);
  });

  it.each([undefined, '', 'plain', '$sha256$$', `$sha256$${secret}`])('never match the stored %j', (stored) => {
    expect(matchesSecret(secret, stored)).toBe(false);
    expect(matchesSecret('', stored)).toBe(false);
  });

  it('a token that was never given matches nothing', () => {
    expect(isSameHash('a', 'a')).toBe(true);
    expect(isSameHash('a', 'b')).toBe(false);
    expect(isSameHash(null, '')).toBe(false);
  });
});
