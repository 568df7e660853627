import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Authenticator } from '../../src/auth/authenticator.js';
import type { LocalIssuer } from '../../src/auth/accounts/local-issuer.js';
import { Refused } from '../../src/refusal/refusal.js';
import { fhirBase, requestWith } from '../support/auth-options.js';
import { answerFor, authenticatorFor, codesFor, principalFor } from '../support/authenticators.js';
import { base64url, newKey, signed, signedWithSecret, TestIssuer } from '../support/issuer.js';

let issuer: TestIssuer;
let other: TestIssuer;
let authenticator: Authenticator;

beforeAll(async () => {
  issuer = await TestIssuer.start(fhirBase);
  other = await TestIssuer.start(fhirBase);
  issuer.keys.push(newKey('ES256'));
  authenticator = authenticatorFor([issuer.trust(), other.trust({ jwksUri: `${other.url}/jwks` })]);
});
afterAll(() => Promise.all([issuer.close(), other.close()]));

const codes = (token: string): Promise<readonly string[]> => codesFor(authenticator, token);

describe('signatures (RFC 8725)', () => {
  it('accepts a token signed by a key of its issuer, found by discovery or by jwksUri', async () => {
    expect(await principalFor(authenticator, issuer.token())).toMatchObject({
      subject: 'user-1',
      scopes: ['user/*.rs'],
    });
    expect(await principalFor(authenticator, other.token())).toMatchObject({ issuer: other.url });
    expect(issuer.requests.discovery).toBe(1);
    expect(other.requests.discovery).toBe(0);
  });

  it('accepts ES256 where the issuer lists it', async () => {
    expect(await codes(issuer.token({}, {}, issuer.keys[1]))).toEqual([]);
  });

  it('refuses a changed payload, with 401', async () => {
    const [header, , signature] = issuer.token().split('.');
    const forged = `${header}.${base64url(issuer.claims({ scope: 'system/*.cruds' }))}.${signature}`;
    expect(await codes(forged)).toEqual(['signature-invalid']);
  });

  it('names a bad signature beside the failures of the claims', async () => {
    const forged = signed(
      { alg: 'RS256', typ: 'at+jwt', kid: issuer.key.kid },
      issuer.claims({ aud: 'https://other.example', exp: 1_700_000_000, iat: 1_600_000_000 }),
      newKey(),
    );
    const answer = await answerFor(authenticator, forged);
    expect(answer).toMatchObject({
      refusals: [{ code: 'signature-invalid' }, { code: 'aud-mismatch' }, { code: 'token-expired' }],
      unverifiedScopes: ['user/*.rs'],
    });
  });

  it('refuses a token signed by the key of another trusted issuer', async () => {
    const crossed = other.token({ iss: issuer.url }, { kid: issuer.key.kid });
    expect(await codes(crossed)).toEqual(['signature-invalid']);
    expect(await codes(other.token({ iss: issuer.url }))).toEqual(['kid-unknown']);
  });

  it('refuses HS256 over the public key', async () => {
    const pem = issuer.key.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    for (const secret of [pem, pem.trim(), JSON.stringify(issuer.key.jwk)]) {
      const forged = signedWithSecret({ alg: 'HS256', typ: 'at+jwt', kid: issuer.key.kid }, issuer.claims(), secret);
      expect(await codes(forged)).toEqual(['alg-not-allowed']);
    }
  });

  it.each([['none'], ['None'], ['nOnE']])('refuses alg %s with and without a signature', async (alg) => {
    const unsigned = `${base64url({ alg, typ: 'at+jwt' })}.${base64url(issuer.claims())}.`;
    expect(await codes(unsigned)).toEqual(['alg-none']);
    expect(await codes(`${unsigned}AAAA`)).toEqual(['alg-none']);
  });

  it('refuses a token without signature that says it has one', async () => {
    expect(await codes(issuer.token().replace(/[^.]*$/, ''))).toEqual(['signature-invalid']);
    const short = signed({ alg: 'ES256', kid: issuer.keys[1]!.kid }, issuer.claims(), issuer.keys[1]!);
    expect(await codes(short.replace(/[^.]*$/, 'AAAA'))).toEqual(['signature-invalid']);
  });

  it('refuses a token whose alg does not fit its key', async () => {
    const [, elliptic] = issuer.keys;
    expect(await codes(issuer.token({}, { alg: 'ES256' }))).toEqual(['alg-key-mismatch']);
    expect(await codes(issuer.token({}, { alg: 'RS256' }, elliptic))).toEqual(['alg-key-mismatch']);
  });

  it('makes no request to addresses in the header, and trusts no key in it', async () => {
    let calls = 0;
    const evil = newKey('RS256', 'evil');
    const trap = createServer((_request, response) => {
      calls++;
      response.end(JSON.stringify({ keys: [evil.jwk] }));
    });
    await new Promise<void>((resolve) => {
      trap.listen(0, '127.0.0.1', resolve);
    });
    const url = `http://127.0.0.1:${(trap.address() as AddressInfo).port}/jwks`;
    const headers = [{ jku: url }, { x5u: url }, { jwk: evil.jwk }, { x5c: ['AAAA'] }];
    const answers = await Promise.all(
      headers.map((header) => codes(issuer.token({}, { kid: 'evil', ...header }, evil))),
    );
    for (const answer of answers) expect(answer).toEqual(['kid-unknown', 'key-header-ignored']);
    expect(calls).toBe(0);
    expect(await codes(issuer.token({}, { jku: url }))).toEqual([]);
    expect(calls).toBe(0);
    trap.close();
  });

  it('takes a kid for data only', async () => {
    const kids = ['../../etc/passwd', "' OR 1=1 --", `${issuer.url}/jwks`, issuer.key.kid.toLowerCase(), 'constructor'];
    const answers = await Promise.all(kids.map((kid) => codes(issuer.token({}, { kid }))));
    for (const answer of answers) expect(answer).toEqual(['kid-unknown']);
  });

  it('verifies a token without kid with the keys that fit', async () => {
    other.rotate();
    const fresh = authenticatorFor([other.trust()]);
    const claims = other.claims();
    for (const key of other.keys) expect(await codesFor(fresh, signed({ alg: 'RS256' }, claims, key))).toEqual([]);
    expect(await codesFor(fresh, signed({ alg: 'RS256' }, claims, newKey()))).toEqual(['signature-invalid']);
  });

  it('refuses a token of 100 kB without looking into it', async () => {
    expect(await codes(issuer.token({ groups: 'g'.repeat(100_000) }))).toEqual(['token-too-large']);
  });

  it('refuses a repeated header even when both are good', async () => {
    const token = issuer.token();
    const twice = requestWith(['Authorization', `Bearer ${token}`, 'Authorization', `Bearer ${token}`]);
    expect(await answerFor(authenticator, twice)).toMatchObject({
      refusals: [{ code: 'multiple-credentials' }],
      status: 400,
    });
  });

  it('the token of the story gets every reason at once, and where to go instead', async () => {
    const stranger = newKey('ES256');
    const login = signed(
      { alg: 'ES256', typ: 'JWT' },
      { iss: 'host/IRIS', sub: 'ana', exp: 1_700_000_000, iat: 1_600_000_000 },
      stranger,
    );
    const answer = await answerFor(authenticator, login);
    expect(answer).toMatchObject({
      refusals: [{ code: 'iss-untrusted' }, { code: 'aud-missing' }, { code: 'token-expired' }],
      unverifiedScopes: [],
    });
    expect(JSON.stringify(answer)).toContain(issuer.url);
  });
});

describe('the cache of verified tokens', () => {
  it('answers a token seen before without waiting', async () => {
    const token = issuer.token();
    expect(answerFor(authenticator, token)).toBeInstanceOf(Promise);
    await answerFor(authenticator, token);
    expect(answerFor(authenticator, token)).toMatchObject({ principal: { subject: 'user-1' } });
  });

  it('that were accepted before are read beside a flood of failures from the same address, after a minute too', async () => {
    const throttled = authenticatorFor([issuer.trust()], { failuresPerSecond: 1 });
    const [known, unknown] = [issuer.token(), issuer.token({ sub: 'unknown' })];
    await answerFor(throttled, known);
    for (let i = 0; i < 12; i++) await answerFor(throttled, `made-up-${i}`);
    vi.useFakeTimers({ now: Date.now() + 61_000, toFake: ['Date'] });
    try {
      expect(await codesFor(throttled, known)).toEqual([]);
      expect(await codesFor(throttled, unknown)).toEqual(['too-many-attempts']);
    } finally {
      vi.useRealTimers();
    }
  });

  it('judges the expiry again on each request', async () => {
    const strict = authenticatorFor([issuer.trust()], { clockSkewSeconds: 0 });
    const exp = Math.floor(Date.now() / 1000) + 60;
    const token = issuer.token({ exp });
    expect(await codesFor(strict, token)).toEqual([]);
    vi.useFakeTimers({ now: exp * 1000 - 1, toFake: ['Date'] });
    try {
      expect(await codesFor(strict, token)).toEqual([]);
      vi.setSystemTime(exp * 1000);
      expect(await codesFor(strict, token)).toEqual(['token-expired']);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('tokens of this server', () => {
  const key = newKey();
  const issuerUrl = 'https://fhir.example/oauth2';
  const state: { revoked: boolean | 'slowly' | 'down'; keys: 'up' | 'down' } = { revoked: false, keys: 'up' };
  const local: LocalIssuer = {
    issuer: issuerUrl,
    publicKeys: async () => {
      if (state.keys === 'down') throw new Error('connection refused');
      return [key.jwk as unknown as Awaited<ReturnType<LocalIssuer['publicKeys']>>[number]];
    },
    isRevoked: () => {
      if (state.revoked === 'down') throw new Error('connection refused');
      return state.revoked === 'slowly' ? Promise.resolve(true) : state.revoked;
    },
    principalOfPassword: async (user, password, address) => {
      if (password !== 'right') {
        throw new Refused([{ code: 'too-many-attempts', fact: 'f', cure: 'c' }], { retryAfterSeconds: 7 });
      }
      return {
        issuer: issuerUrl,
        local: true,
        subject: `${user}@${address}`,
        kind: 'user',
        scopes: [],
        userWithoutFhirUser: 'allow',
        expiresAt: 2e9,
        claims: {},
      };
    },
  };
  const token = (changes: object = {}, header: object = {}): string => {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: issuerUrl,
      aud: fhirBase,
      sub: 'ana',
      client_id: 'login',
      scope: 'user/*.cruds',
      iat: now,
      exp: now + 60,
      jti: 'j',
      sid: 's',
    };
    return signed({ alg: 'RS256', typ: 'at+jwt', kid: key.kid, ...header }, { ...claims, ...changes }, key);
  };
  const server = (basic = false): Authenticator => authenticatorFor([], { basic }, local);

  it('are accepted with keys that take no HTTP request, and held to RFC 9068', async () => {
    expect(await principalFor(server(), token())).toMatchObject({
      local: true,
      tokenId: 'j',
      sessionId: 's',
      userWithoutFhirUser: 'allow',
    });
    expect(await codesFor(server(), token({}, { typ: 'JWT' }))).toEqual(['typ-not-access-token']);
    expect(await codesFor(server(), token({ jti: undefined }))).toEqual(['claim-malformed']);
  });

  it('die at once when they are revoked, cached or not', async () => {
    const cached = server();
    expect(await codesFor(cached, token())).toEqual([]);
    const sent = token();
    await answerFor(cached, sent);
    for (const revoked of [true, 'slowly'] as const) {
      state.revoked = revoked;
      expect(await codesFor(cached, sent)).toEqual(['token-revoked']);
      expect(await codesFor(server(), sent)).toEqual(['token-revoked']);
    }
    state.revoked = false;
    expect(await codesFor(cached, sent)).toEqual([]);
  });

  it('do not count while revocation cannot be checked, with 503', async () => {
    state.revoked = 'down';
    const answer = await answerFor(server(), token());
    state.revoked = false;
    expect(answer).toMatchObject({
      refusals: [{ code: 'revocations-unavailable' }],
      status: 503,
      retryAfterSeconds: 5,
    });
  });

  it('answers 503 while the database that keeps the keys is down', async () => {
    state.keys = 'down';
    const answer = await answerFor(server(), token());
    state.keys = 'up';
    expect(answer).toMatchObject({ refusals: [{ code: 'keys-unavailable' }], status: 503 });
  });

  it('Basic gives the principal of the password when it is on', async () => {
    const header = (text: string) => requestWith(['Authorization', `Basic ${Buffer.from(text).toString('base64')}`]);
    expect(await principalFor(server(true), header('ana:right'))).toMatchObject({ subject: 'ana@127.0.0.1' });
    expect(await answerFor(server(true), header('ana:wrong'))).toMatchObject({
      refusals: [{ code: 'too-many-attempts' }],
      status: 429,
      retryAfterSeconds: 7,
    });
    expect(await answerFor(server(false), header('ana:right'))).toMatchObject({
      refusals: [{ code: 'scheme-unsupported' }],
      status: 401,
    });
    expect(await codesFor(authenticatorFor([], { basic: true }), header('ana:right'))).toEqual(['scheme-unsupported']);
  });
});

describe('the settings of an issuer', () => {
  it('cannot be this server itself, listed twice, reached by http, or use other algorithms', () => {
    const trust = issuer.trust();
    const refused = (...issuers: Parameters<typeof authenticatorFor>[0]) =>
      expect(() => authenticatorFor(issuers)).toThrow(/^Trusted issuer/);
    refused(trust, trust);
    refused({ ...trust, issuer: 'http://idp.example' });
    refused({ ...trust, jwksUri: 'http://idp.example/jwks' });
    refused({ ...trust, issuer: 'host/IRIS' });
    refused({ ...trust, algorithms: ['HS256' as 'RS256'] });
    refused({ ...trust, algorithms: [] });
    expect(() => authenticatorFor([{ ...trust, issuer: 'host/IRIS', jwksUri: `${issuer.url}/jwks` }])).not.toThrow();
  });
});
