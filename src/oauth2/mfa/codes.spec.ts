import { Secret, TOTP } from 'otpauth';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { generateRecoveryCodes, hashRecoveryCode } from './recovery-codes.js';
import { totpSeal } from './totp-seal.js';
import { generateTotpSecret, stepOfCode, totpAddress } from './totp.js';

describe('codes of an authenticator app', () => {
  afterEach(() => vi.useRealTimers());

  const secret = generateTotpSecret();
  const codeAt = (seconds: number): string =>
    new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: seconds * 1_000 });

  it('count in their step, one before and one after, and say which it is', () => {
    vi.useFakeTimers({ now: 1_700_000_010_000 });
    const step = Math.floor(1_700_000_010 / 30);
    for (const delta of [-1, 0, 1]) expect(stepOfCode(secret, codeAt((step + delta) * 30))).toBe(step + delta);
    for (const delta of [-3, -2, 2, 3]) expect(stepOfCode(secret, codeAt((step + delta) * 30))).toBeUndefined();
  });

  it('are read with blanks, and nothing else is a code', () => {
    const code = codeAt(Date.now() / 1_000);
    expect(stepOfCode(secret, ` ${code.slice(0, 3)} ${code.slice(3)} `)).toBeTypeOf('number');
    for (const text of ['', '12345', '1234567', 'abcdef', `${code}\0`])
      expect(stepOfCode(secret, text)).toBeUndefined();
  });

  it('are of a secret of 160 bits, in an address that apps read', () => {
    expect(Secret.fromBase32(secret).bytes).toHaveLength(20);
    expect(totpAddress(secret, 'anna b', 'fhir.example')).toMatch(
      /^otpauth:\/\/totp\/fhir\.example:anna%20b\?.*secret=/,
    );
  });
});

describe('recovery codes', () => {
  it('are ten different ones, and known however they are typed', () => {
    const codes = generateRecoveryCodes();
    expect(new Set(codes.map(hashRecoveryCode)).size).toBe(10);
    const [code = ''] = codes;
    expect(hashRecoveryCode(` ${code.toUpperCase().replaceAll('-', ' ')} `)).toBe(hashRecoveryCode(code));
    expect(hashRecoveryCode(code.replaceAll('0', 'O').replaceAll('1', 'l'))).toBe(hashRecoveryCode(code));
    expect(hashRecoveryCode('123456')).toBeUndefined();
  });
});

describe('a sealed TOTP secret', () => {
  it('opens with its key for its account only', () => {
    const sealed = totpSeal.seal('SECRET', 'account-1', 'a key of enough letters');
    expect(sealed).not.toContain('SECRET');
    expect(totpSeal.open(sealed, 'account-1', ['another key', 'a key of enough letters'])).toBe('SECRET');
    expect(() => totpSeal.open(sealed, 'account-2', ['a key of enough letters'])).toThrow(/does not open/);
    expect(() => totpSeal.open(sealed, 'account-1', ['another key'])).toThrow(/does not open/);
    expect(() => totpSeal.open(sealed, 'account-1', [])).toThrow(/KEY_ENCRYPTION_SECRET/);
  });
});
