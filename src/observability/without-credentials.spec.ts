import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { queryWithoutCredentials, withoutCredentials } from './without-credentials.js';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = `${encode({ alg: 'RS256', kid: 'k1' })}.${encode({ sub: 'jane' })}.c2lnbmF0dXJlLW9mLWphbmU`;

describe('a text that is kept', () => {
  it.each([
    [jwt, '…'],
    [`GET Patient/${jwt}`, 'GET Patient/…'],
    [`{"line":"a\\n${jwt}","id":"x"}`, '{"line":"a\\n…","id":"x"}'],
    [`prefix_${jwt} and on`, 'prefix_… and on'],
    [`a.b.${jwt}`, 'a.b.…'],
    [`'${jwt.split('.').slice(0, 2).join('.')}'`, "'…'"],
    [`${Buffer.from('{ "typ": "JWT", "alg": "none" }').toString('base64url')}.e30.`, '…'],
    ['Authorization: Bearer 0123456789abcdef0123', 'Authorization: Bearer …'],
    [`basic ${Buffer.from('jane:secret').toString('base64')}`, 'basic …'],
  ])('has no credential: %s', (text, expected) => {
    expect(withoutCredentials(text)).toBe(expected);
  });

  it.each([
    'GET Observation?subject.name=Doe&_lastUpdated=gt2024-01-01T00:00:00.000Z',
    'The token has the issuer https://idp.example.org/eyJ.x and the scope user/Patient.rs.',
    'Send Authorization: Bearer <access token>.',
    'basic metabolic panel',
    'urn:oid:1.2.840.113619.21.1.3214775756571741751.2.1',
  ])('keeps what is none: %s', (text) => {
    expect(withoutCredentials(text)).toBe(text);
  });

  it('is made in time that grows with its length', () => {
    const began = performance.now();
    for (const text of ['ey'.repeat(200_000), 'eyJ.'.repeat(100_000), `${'a'.repeat(200_000)}.`])
      withoutCredentials(text);
    // Were it the square of it, this would be minutes.
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  it('has no whole token, whatever stands around it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        expect(withoutCredentials(`${before} ${jwt} ${after}`)).not.toContain(jwt);
      }),
    );
  });
});

describe('a query that is kept', () => {
  const kept = (query: string): string =>
    decodeURIComponent(queryWithoutCredentials(new URLSearchParams(query)).toString());

  it.each([
    ['access_token', 'token', 'ID_TOKEN', 'refresh_token', 'accessToken', 'token:exact', 'subject.token'],
    [
      'Authorization',
      'client_secret',
      'password',
      'assertion',
      'client_assertion',
      'code_verifier',
      'api_key',
      'apikey',
    ],
  ])('has no value of a parameter that is named for credentials', (...names) => {
    for (const name of names) expect(kept(`${name}=opaque&name=Doe`)).toBe(`${name}=…&name=Doe`);
  });

  it.each([
    jwt,
    `Doe,${jwt}`,
    encodeURIComponent(jwt.replaceAll('.', '%2E')),
    `Bearer+opaque`,
    `Basic+${Buffer.from('jane:secret').toString('base64')}`,
  ])('has no value with a credential in it: %s', (value) => {
    expect(kept(`name=${value}&family=Doe`)).toBe('name=…&family=Doe');
  });

  it('keeps what was searched', () => {
    const query = 'code=718-7&name=Doe&name=Roe&code:text=Basic+panel&_content=100%25&identifier=urn:x|1';
    expect(kept(query)).toBe(decodeURIComponent(query));
  });
});
