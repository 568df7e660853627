import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isEasyToGuess } from './secret-strength.js';

describe('a password', () => {
  it.each([
    'password',
    'Password123!',
    'changeme',
    'qwertyuiop1234567890',
    'aaaaaaaaaaaaaaaaaaaaaaaa',
    'abcabcabcabcabcabcabc',
    'lanyard2026',
    'secretsecretsecret',
    '1234567890123456',
  ])('%s is easy to guess', (text) => expect(isEasyToGuess(text, 'password')).toBe(true));

  it.each(['correct horse battery', '8fj3-k3mw0', '0g7mx-2kq9z-w4tvb-n6hys'])('%s is not', (text) =>
    expect(isEasyToGuess(text, 'password')).toBe(false),
  );

  it('made of what belongs to the user is easy to guess', () => {
    expect(isEasyToGuess('ottokarina-1', 'password')).toBe(false);
    expect(isEasyToGuess('ottokarina-1', 'password', ['ottokarina'])).toBe(true);
  });

  it('made of a name that is longer than what is judged is easy to guess', () => {
    const name = 'xkvqzjwpfhgbmdytnrlcxvkzqjpwfghmbdtyrnlczxqkvjwpfhgbmdytnrlcxvkzqjpw';
    expect(isEasyToGuess(`${name}-1`, 'password')).toBe(false);
    expect(isEasyToGuess(`${name}-1`, 'password', [name])).toBe(true);
  });
});

describe('a secret for keys', () => {
  it('takes more than a password', () => {
    expect(isEasyToGuess('8fj3-k3mw0', 'key')).toBe(true);
    expect(isEasyToGuess('q3Zr9vN1yTt0mK8sPw2x', 'key')).toBe(false);
    expect(isEasyToGuess('x'.repeat(32), 'key')).toBe(true);
  });

  it('is judged within a bound of work, however long it is', () => {
    expect(isEasyToGuess('p4ssw0rd$'.repeat(10_000), 'key')).toBe(true);
  });
});

describe('the dictionaries', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const loaded = (): readonly string[] =>
    Object.keys(createRequire(import.meta.url).cache).filter((file) => file.includes('@zxcvbn-ts'));

  it('are let go some seconds after the last secret, and loaded again for the next one', async () => {
    // Dictionaries that other tests loaded; their timer is a real one.
    vi.resetModules();
    const { isEasyToGuess: judge } = await import('./secret-strength.js');
    expect(judge('Password123!', 'password')).toBe(true);
    vi.advanceTimersByTime(4_000);
    expect(judge('Password123!', 'password')).toBe(true);
    vi.advanceTimersByTime(4_000);
    expect(loaded()).not.toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(loaded()).toEqual([]);
    expect(judge('Password123!', 'password')).toBe(true);
    expect(loaded()).not.toEqual([]);
  });
});
