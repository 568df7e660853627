import { describe, expect, it } from 'vitest';
import { authOptions, fhirBase } from '../../../test/support/auth-options.js';
import type { AuthOptions } from '../auth-options.js';
import type { TrustedIssuer } from '../../config/foreign/trusted-issuer.js';
import { ownIssuer, unknownIssuer } from './issuer-rules.js';
import type { TokenCheck } from './token-check.js';
import { refusalsOf } from './check-result.js';
import { checkToken } from './token-checker.js';

const now = 1_800_000_000;
const idp = 'https://idp.example';
const trusted = (changes: Partial<TrustedIssuer> = {}): TrustedIssuer => ({
  ...unknownIssuer(fhirBase),
  issuer: idp,
  algorithms: ['RS256', 'ES256'],
  ...changes,
});
const goodHeader = { alg: 'RS256', kid: 'k1', typ: 'at+jwt' };
const goodClaims = {
  iss: idp,
  aud: fhirBase,
  sub: 'ana',
  client_id: 'app',
  scope: 'user/*.rs',
  iat: now - 10,
  exp: now + 100,
  jti: 'j',
};

interface Case {
  readonly header?: object;
  readonly claims?: object;
  readonly issuer?: TrustedIssuer;
  readonly untrusted?: boolean;
  readonly own?: boolean;
  readonly options?: Partial<AuthOptions>;
}

function findings({ header, claims, issuer = trusted(), untrusted = false, own = false, options = {} }: Case = {}) {
  const token: TokenCheck = {
    header: { ...goodHeader, ...header },
    payload: JSON.parse(JSON.stringify({ ...goodClaims, ...claims })) as TokenCheck['payload'],
    issuer: untrusted ? unknownIssuer(fhirBase) : own ? ownIssuer(idp, fhirBase) : issuer,
    isTrusted: !untrusted,
    isOwn: own,
    options: authOptions({ issuers: [issuer], ...options }),
    now,
  };
  const found = checkToken(token);
  return [...refusalsOf([found.kind, ...found.header, ...found.claims]), ...found.remarks];
}
const codes = (test?: Case): readonly string[] => findings(test).map(({ code }) => code);
const only = (test: Case) => {
  const found = findings(test);
  expect(found).toHaveLength(1);
  return found[0]!;
};

describe('checkToken', () => {
  it('finds nothing wrong with a good token', () => {
    expect(codes()).toEqual([]);
    expect(codes({ own: true })).toEqual([]);
  });

  it.each([['at+jwt'], ['AT+JWT'], ['application/at+jwt'], ['Application/At+Jwt']])(
    'accepts typ %s from our own issuer',
    (typ) => {
      expect(codes({ own: true, header: { typ } })).toEqual([]);
    },
  );

  it.each([['JWT'], [undefined], ['id+jwt'], [7], ['at+jwt ']])('refuses typ %j from our own issuer', (typ) => {
    expect(codes({ own: true, header: { typ } })).toEqual(['typ-not-access-token']);
  });

  it.each([['JWT'], ['jwt'], [undefined], ['at+jwt'], ['application/jwt']])(
    'accepts typ %j from an issuer with "auto"',
    (typ) => {
      expect(codes({ header: { typ } })).toEqual([]);
    },
  );

  it.each([['logout+jwt'], ['secevent+jwt'], ['dpop+jwt'], [null], [['JWT']]])(
    'refuses typ %j even with "auto"',
    (typ) => {
      expect(codes({ header: { typ } })).toEqual(['typ-not-access-token']);
    },
  );

  it.each([
    [{ at_hash: 'x' }],
    [{ c_hash: 'x' }],
    [{ s_hash: 'x' }],
    [{ typ: 'ID' }],
    [{ typ: 'Refresh' }],
    [{ typ: 'Offline' }],
    [{ typ: 'Logout' }],
    [{ events: {} }],
    [{ token_use: 'id' }],
  ])('refuses a token with %j as no access token', (claims) => {
    expect(codes({ claims })).toEqual(['typ-not-access-token']);
  });

  it('refuses a token for its client only, even if that audience is configured', () => {
    expect(codes({ issuer: trusted({ audience: ['app'] }), claims: { aud: ['app'] } })).toEqual([
      'typ-not-access-token',
    ]);
  });

  it('takes nonce and typ Bearer for no evidence', () => {
    expect(codes({ claims: { nonce: 'n', typ: 'Bearer' } })).toEqual([]);
  });

  it.each([['none'], ['None'], ['NONE'], ['nOnE'], ['none '], ['no\0ne']])('refuses alg %j', (alg) => {
    expect(codes({ header: { alg } })).toEqual(['alg-none']);
    expect(codes({ header: { alg }, untrusted: true })).toContain('alg-none');
  });

  it.each([['HS256'], ['HS512'], ['RS384'], ['EdDSA'], ['rs256'], [undefined], [5], [['RS256']]])(
    'refuses alg %j, which the issuer does not list',
    (alg) => {
      expect(codes({ header: { alg } })).toEqual(['alg-not-allowed']);
    },
  );

  it('an issuer cannot list a symmetric algorithm', () => {
    expect(codes({ issuer: trusted({ algorithms: ['HS256' as 'RS256'] }), header: { alg: 'HS256' } })).toEqual([
      'alg-not-allowed',
    ]);
  });

  it('says that keys of the header are ignored, when the token is refused', () => {
    expect(
      codes({ header: { jku: 'https://evil.example', jwk: {}, x5u: 'u', x5c: [] }, claims: { aud: 'x' } }),
    ).toEqual(['aud-mismatch', 'key-header-ignored']);
  });

  it.each([[''], [1], [null], [{}], ['k'.repeat(257)]])('refuses kid %j', (kid) => {
    expect(codes({ header: { kid } })).toEqual(['token-malformed']);
  });

  it.each([
    [{ crit: ['exp'] }],
    [{ crit: [] }],
    [{ crit: 'b64' }],
    [{ b64: false }],
    [{ crit: ['b64'], b64: false }],
    [{ b64: 'x' }],
  ])('refuses %j', (header) => {
    expect(codes({ header })).toEqual(['crit-unsupported']);
  });

  it('names an issuer that is not trusted, and whom to ask instead', () => {
    const found = only({ untrusted: true, claims: { iss: 'host/IRIS' } });
    expect(found.code).toBe('iss-untrusted');
    expect(found.fact).toBe("Issuer 'host/IRIS' (unverified) is not an authorization server of this FHIR server.");
    expect(found.cure).toContain(idp);
    expect(found.cure).toContain('A login token of a web application is not an OAuth access token.');
  });

  it.each([[undefined], [null], [7], [[idp]], [{}]])('refuses iss %j', (iss) => {
    expect(codes({ untrusted: true, claims: { iss } })).toEqual(['iss-untrusted']);
  });

  it.each([[`${idp}/`], ['https://IDP.example'], ['http://idp.example']])(
    'points out that %s is only nearly trusted',
    (iss) => {
      expect(only({ untrusted: true, claims: { iss } }).cure).toContain('character by character');
    },
  );

  it('explains the two issuers of one Entra tenant', () => {
    const tenant = '11111111-2222-3333-4444-555555555555';
    const issuer = trusted({ issuer: `https://login.microsoftonline.com/${tenant}/v2.0` });
    const found = only({ untrusted: true, issuer, claims: { iss: `https://sts.windows.net/${tenant}/` } });
    expect(found.cure).toContain('requestedAccessTokenVersion');
  });

  it.each([[fhirBase], [`${fhirBase}/`], [['other', fhirBase]]])('accepts aud %j', (aud) => {
    expect(codes({ claims: { aud } })).toEqual([]);
  });

  it.each([
    [undefined, 'aud-missing'],
    [[], 'aud-missing'],
    ['https://fhir.example', 'aud-mismatch'],
    [`${fhirBase}//`, 'aud-mismatch'],
    [`${fhirBase}/Patient`, 'aud-mismatch'],
    [fhirBase.toUpperCase(), 'aud-mismatch'],
    ['', 'aud-mismatch'],
    [7, 'claim-malformed'],
    [null, 'claim-malformed'],
    [[fhirBase, 7], 'claim-malformed'],
    [{ [fhirBase]: true }, 'claim-malformed'],
  ])('refuses aud %j as %s', (aud, code) => {
    expect(codes({ claims: { aud } })).toEqual([code]);
  });

  it('names found and expected audience, and both cures', () => {
    const found = only({ claims: { aud: 'api://fhir' } });
    expect(found.fact).toContain("'api://fhir' (unverified)");
    expect(found.fact).toContain(fhirBase);
    expect(found.cure).toContain(`aud=${fhirBase}`);
    expect(found.cure).toContain('"audience" of this issuer in TRUSTED_ISSUERS');
  });

  it('allows the clock skew, and not a second more', () => {
    expect(codes({ claims: { exp: now - 59 } })).toEqual([]);
    expect(codes({ claims: { exp: now - 60 } })).toEqual(['token-expired']);
    expect(codes({ claims: { nbf: now + 60, iat: now + 60 } })).toEqual([]);
    expect(codes({ claims: { nbf: now + 61 } })).toEqual(['token-not-yet-valid']);
    expect(codes({ claims: { iat: now + 61 } })).toEqual(['token-not-yet-valid']);
  });

  it('says when it expired', () => {
    expect(only({ claims: { exp: now - 412 } }).fact).toBe(
      'The token expired 412 s ago, at 2027-01-15T07:53:08Z; skew allowed 60 s.',
    );
  });

  it.each([[undefined], ['1800000100'], [null], [true], [[now]], [-1], [(now + 100) * 1000]])(
    'refuses exp %j',
    (exp) => {
      expect(codes({ claims: { exp } })).toEqual(['claim-malformed']);
    },
  );

  it('suspects milliseconds', () => {
    expect(only({ claims: { exp: (now + 100) * 1000 } }).fact).toContain('milliseconds');
  });

  it.each([[{ nbf: '1' }], [{ iat: '1' }], [{ nbf: null }]])('refuses %j, not coerced', (claims) => {
    expect(codes({ claims })).toEqual(['claim-malformed']);
  });

  it.each([[{ a: 'ward' }], [[{ name: 'ward' }]], ['x ward'], ['x,ward'], [1], [null], [true], [['ward', 7]]])(
    'refuses groups %j, for which no policy could count',
    (groups) => {
      expect(codes({ claims: { groups } })).toEqual(['claim-malformed']);
    },
  );

  it.each([[[]], [['ward', 'night shift']], ['ward']])('takes groups %j', (groups) => {
    expect(codes({ claims: { groups } })).toEqual([]);
  });

  it.each([['sub'], ['client_id'], ['iat'], ['jti']])('our own token needs %s', (name) => {
    expect(codes({ own: true, claims: { [name]: undefined } })).toEqual(['claim-malformed']);
  });

  it('a token of another issuer may lack jti and iat, and one of sub and client id', () => {
    expect(codes({ claims: { jti: undefined, iat: undefined } })).toEqual([]);
    expect(codes({ claims: { sub: undefined } })).toEqual([]);
    expect(codes({ claims: { client_id: undefined } })).toEqual([]);
    expect(codes({ claims: { sub: undefined, client_id: undefined } })).toEqual(['claim-malformed']);
  });

  it.each([
    [{ sub: 7 }],
    [{ sub: '' }],
    [{ jti: {} }],
    [{ client_id: ['app'] }],
    [{ fhirUser: 1 }],
    [{ scope: 7 }],
    [{ scope: { a: 1 } }],
    [{ scp: ['a', 7] }],
  ])('refuses %j', (claims) => {
    expect(codes({ claims })).toEqual(['claim-malformed']);
  });

  it('ignores roles that are no texts', () => {
    expect(codes({ claims: { roles: [{ name: 'x' }], permissions: 7 } })).toEqual([]);
  });

  it.each([['Patient/p1'], [['p1']], [''], ['p 1'], ['x'.repeat(65)], [null], ['https://x/Patient/p1']])(
    'refuses patient %j',
    (patient) => {
      expect(codes({ claims: { patient } })).toEqual(['claim-malformed']);
    },
  );

  it.each([[{ jkt: 'x' }], [{ 'x5t#S256': 'x' }], [{}], [null], ['x']])('fails closed on cnf %j', (cnf) => {
    expect(codes({ claims: { cnf } })).toEqual(['cnf-unproven']);
  });

  it('names everything that is wrong, in order', () => {
    expect(
      codes({
        untrusted: true,
        header: { typ: 'JWT', alg: 'none', crit: ['x'], kid: 1, jwk: {} },
        claims: {
          iss: 'host/IRIS',
          aud: undefined,
          exp: now - 412,
          iat: now + 100,
          patient: 'a/b',
          cnf: {},
          at_hash: 'x',
        },
      }),
    ).toEqual([
      'typ-not-access-token',
      'alg-none',
      'crit-unsupported',
      'token-malformed',
      'iss-untrusted',
      'aud-missing',
      'token-expired',
      'token-not-yet-valid',
      'claim-malformed',
      'cnf-unproven',
      'key-header-ignored',
    ]);
  });

  it('cleans and shortens what it repeats of a token', () => {
    const nasty = '\r\n"\\\u0000\u202E\u2028<script>`\'';
    const found = findings({
      untrusted: true,
      header: { alg: nasty, kid: 'k', typ: nasty },
      claims: { iss: `${nasty}${'x'.repeat(5000)}`, aud: nasty, patient: nasty, cnf: { [nasty]: 1 } },
    });
    expect(found.length).toBeGreaterThan(4);
    for (const { fact, cure } of found) {
      expect(`${fact}${cure}`).not.toMatch(/[\p{C}\u2028<>\\`]/u);
      expect(fact.length).toBeLessThan(600);
    }
  });

  it('takes no inherited member for a claim', () => {
    const issuer = trusted({ claims: { ...trusted().claims, patient: 'constructor', fhirUser: 'toString' } });
    expect(codes({ issuer })).toEqual([]);
  });
});
