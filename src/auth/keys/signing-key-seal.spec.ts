import { describe, expect, it } from 'vitest';
import { isSealed, seal, unseal } from './signing-key-seal.js';

describe('a sealed key', () => {
  it('opens with the same secret and the same kid only', async () => {
    const sealed = await seal('the key', 'k1', 'secret');
    expect(sealed).not.toContain('the key');
    expect(await unseal(sealed, 'k1', ['a new one', 'secret'])).toBe('the key');
    await expect(unseal(sealed, 'k2', ['secret'])).rejects.toThrow('KEY_ENCRYPTION_SECRET does not open');
    await expect(unseal(sealed, 'k1', ['other'])).rejects.toThrow('KEY_ENCRYPTION_SECRET does not open');
    await expect(unseal(sealed, 'k1', [])).rejects.toThrow('no secret is set');
  });

  it('is never the same twice', async () => {
    expect(await seal('x', 'k', 's')).not.toBe(await seal('x', 'k', 's'));
  });

  it.each([1, 2, 3, 4])('does not open when part %i was changed', async (part) => {
    const parts = (await seal('the key', 'k1', 'secret')).split('$');
    parts[part] = Buffer.from('something else').toString('base64url');
    await expect(unseal(parts.join('$'), 'k1', ['secret'])).rejects.toThrow('KEY_ENCRYPTION_SECRET does not open');
  });
});

describe('a plain key', () => {
  it('is read as it is, with a secret or without', async () => {
    const pem = '-----BEGIN PRIVATE KEY-----';
    expect(isSealed(pem)).toBe(false);
    expect(await unseal(pem, 'k1', [])).toBe(pem);
    expect(await unseal(pem, 'k1', ['secret'])).toBe(pem);
  });
});
