import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Authenticator } from '../../src/auth/authenticator.js';
import type { TrustedIssuer } from '../../src/config/foreign/trusted-issuer.js';
import { fhirBase } from '../support/auth-options.js';
import { answerFor, authenticatorFor, codesFor } from '../support/authenticators.js';
import { newKey, TestIssuer } from '../support/issuer.js';

const cooldownMs = 2000;
let issuer: TestIssuer;
let passed = 0;
/** As if so many ms had gone by, for what counts by the clock. */
const pass = (ms: number): unknown => (passed += ms);

beforeEach(async () => {
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + passed);
  issuer = await TestIssuer.start(fhirBase);
});
afterEach(() => {
  vi.restoreAllMocks();
  return issuer.close();
});

const server = (changes: Partial<TrustedIssuer> = {}): Authenticator => authenticatorFor([issuer.trust(changes)]);
const invented = (): string => issuer.token({}, { kid: `invented-${Math.random()}` });

describe('keys of an issuer', () => {
  it('a rotation is picked up without a restart, at once', async () => {
    const authenticator = server();
    expect(await codesFor(authenticator, issuer.token())).toEqual([]);
    const took: number[] = [];
    for (let rotations = 1; rotations <= 3; rotations++) {
      pass(cooldownMs);
      issuer.rotate('ES256');
      const started = performance.now();
      expect(await codesFor(authenticator, issuer.token())).toEqual([]);
      took.push(performance.now() - started);
      expect(issuer.requests).toMatchObject({ jwks: 1 + rotations, discovery: 1 });
    }
    // One that waited for the next time it may ask would take as long each time; a slow machine is not slow each time.
    expect(Math.min(...took)).toBeLessThan(cooldownMs / 2);
  });

  it('1,000 invented kids neither flood the issuer nor block a rotation', async () => {
    const authenticator = server();
    const known = issuer.token();
    await codesFor(authenticator, known);
    const flood = Array.from({ length: 1000 }, () => codesFor(authenticator, invented()));
    issuer.rotate();
    expect(await codesFor(authenticator, known)).toEqual([]);
    await delay(cooldownMs + 200);
    expect(await codesFor(authenticator, issuer.token())).toEqual([]);
    const answers = (await Promise.all(flood)).flat();
    expect(new Set(answers)).toEqual(new Set(['kid-unknown', 'keys-unavailable']));
    expect(issuer.requests.jwks).toBeLessThanOrEqual(3);
  });

  it.each([['fail'], ['hang']] as const)(
    'when the issuer is down (%s), a cold key is 503 with Retry-After',
    async (behaviour) => {
      issuer.behaviour = behaviour;
      const authenticator = server();
      const answer = await answerFor(authenticator, issuer.token());
      expect(answer).toMatchObject({ refusals: [{ code: 'keys-unavailable' }], status: 503 });
      expect('refusals' in answer && answer.retryAfterSeconds).toBeGreaterThan(0);
      issuer.behaviour = 'serve';
      pass(cooldownMs);
      expect(await codesFor(authenticator, issuer.token())).toEqual([]);
    },
  );

  it('when the issuer is down, known keys go on and new ones are 503', async () => {
    const authenticator = server();
    await codesFor(authenticator, issuer.token());
    issuer.behaviour = 'fail';
    expect(await codesFor(authenticator, issuer.token())).toEqual([]);
    expect(await codesFor(authenticator, invented())).toEqual(['keys-unavailable']);
    expect(await codesFor(authenticator, issuer.token())).toEqual([]);
  });

  it('a token that is bad anyway is 401 even while the issuer is down', async () => {
    issuer.behaviour = 'fail';
    const answer = await answerFor(server(), issuer.token({ aud: 'x' }));
    expect(answer).toMatchObject({ refusals: [{ code: 'aud-mismatch' }] });
    expect(answer).not.toHaveProperty('status');
  });

  it.each([
    ['names another issuer', { metadata: { issuer: 'https://other.example' } }],
    ['names no jwks_uri', { metadata: { jwks_uri: undefined } }],
    ['sends keys over plain http', { metadata: { jwks_uri: 'http://idp.example/jwks' } }],
    ['publishes no JWK set', { jwksText: '[]' }],
    ['publishes no JSON', { jwksText: '<html>' }],
    ['publishes 300 kB', { jwksText: JSON.stringify({ keys: [], filler: 'x'.repeat(300_000) }) }],
  ])('an issuer that %s is told to the administrator', async (_name, changes) => {
    Object.assign(issuer, changes);
    const answer = await answerFor(server(), issuer.token());
    expect(answer).toMatchObject({
      refusals: [{ code: 'keys-unavailable', fact: expect.stringContaining(issuer.url) as string }],
      status: 503,
    });
  });

  it('an issuer without keys verifies nothing', async () => {
    issuer.jwksText = JSON.stringify({ keys: [null, 7, { kty: 'oct', k: 'AAAA' }] });
    expect(await codesFor(server(), issuer.token())).toEqual(['kid-unknown']);
  });

  it('an RSA key below 2048 bits is refused', async () => {
    issuer.keys = [newKey('RS256', 'short', 1024)];
    expect(await codesFor(server(), issuer.token())).toEqual(['alg-key-mismatch']);
  });
});
