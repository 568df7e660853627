import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Authenticated } from './authentication.js';
import type { Principal } from './principal.js';
import { VerifiedTokenCache } from './verified-token-cache.js';

const now = 1_800_000_000;
const accepted = (expiresAt: number): Authenticated => ({ principal: principal(expiresAt) });
const principal = (expiresAt: number): Principal => ({
  issuer: 'https://idp.example',
  local: false,
  subject: 'ana',
  kind: 'user',
  scopes: [],
  userWithoutFhirUser: 'deny',
  expiresAt,
  claims: {},
});

describe('VerifiedTokenCache', () => {
  beforeEach(() => void vi.useFakeTimers({ now: now * 1000 }));
  afterEach(() => void vi.useRealTimers());

  it('knows a token for a minute', () => {
    const cache = new VerifiedTokenCache();
    cache.remember('a.b.c', accepted(now + 3600));
    vi.setSystemTime((now + 59) * 1000);
    expect(cache.find('a.b.c')?.principal.subject).toBe('ana');
    expect(cache.find('a.b.d')).toBeUndefined();
    vi.setSystemTime((now + 60) * 1000);
    expect(cache.find('a.b.c')).toBeUndefined();
  });

  it('remembers until its expiry that a token was accepted once, unless it is told to forget it', () => {
    const cache = new VerifiedTokenCache();
    cache.remember('a.b.c', accepted(now + 3600));
    vi.setSystemTime((now + 3599) * 1000);
    expect([cache.find('a.b.c'), cache.remembers('a.b.c'), cache.remembers('a.b.d')]).toEqual([undefined, true, false]);
    vi.setSystemTime((now + 3600) * 1000);
    expect(cache.remembers('a.b.c')).toBe(false);
    cache.remember('d.e.f', accepted(now + 7200));
    cache.forget('d.e.f');
    expect(cache.remembers('d.e.f')).toBe(false);
  });

  it('knows no token beyond its expiry', () => {
    const cache = new VerifiedTokenCache();
    cache.remember('a.b.c', accepted(now + 5));
    cache.remember('late', accepted(now - 5));
    expect(cache.find('late')).toBeUndefined();
    vi.setSystemTime((now + 5) * 1000);
    expect(cache.find('a.b.c')).toBeUndefined();
  });

  it('is bounded', () => {
    const cache = new VerifiedTokenCache();
    for (let n = 0; n < 10_001; n++) cache.remember(`token-${n}`, accepted(now + 3600));
    expect(cache.find('token-0')).toBeUndefined();
    expect(cache.find('token-10000')).toBeDefined();
  });
});
