import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authOptions, requestWith } from '../../../test/support/auth-options.js';
import { reasons } from '../../refusal/reasons.js';
import type { AuthOptions } from '../auth-options.js';
import { readCredentials } from './credentials.js';

const localIssuer = 'https://fhir.example/oauth2';
const loginUrl = 'https://fhir.example/fhir/r4/login';
const read = (rawHeaders: readonly string[], url?: string, options: Partial<AuthOptions> = {}) =>
  readCredentials(requestWith(rawHeaders, url), authOptions({ localIssuer, loginUrl, ...options }));
const refusalOf = (...request: Parameters<typeof read>) => {
  const found = read(...request);
  if (found.kind !== 'refused') throw new Error('was not refused');
  return found.refusal;
};
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe('readCredentials', () => {
  it('names the missing credentials, and how to get a token', () => {
    const refusal = refusalOf([]);
    expect(refusal.code).toBe('no-credentials');
    expect(refusal.cure).toContain('POST https://fhir.example/fhir/r4/login');
  });

  it.each([['Bearer abc'], ['bearer abc'], ['BEARER abc'], ['Bearer   abc  ']])(
    'reads %s, whatever the case',
    (header) => {
      expect(read(['authorization', header])).toEqual({ kind: 'bearer', token: 'abc' });
    },
  );

  it.each([
    ['a repeated header', ['Authorization', 'Bearer a', 'authorization', 'Bearer b'], undefined],
    ['the same header twice', ['Authorization', 'Bearer a', 'Authorization', 'Bearer a'], undefined],
    ['Basic and Bearer together', ['Authorization', basic('u:p'), 'Authorization', 'Bearer b'], undefined],
    ['headers joined by a proxy', ['Authorization', 'Bearer a, Bearer b'], undefined],
    ['header and query', ['Authorization', 'Bearer a'], '/fhir/r4/Patient?access_token=b'],
    ['the query parameter twice', [], '/fhir/r4/Patient?access_token=b&access_token=c'],
  ])('refuses %s with 400', (_name, rawHeaders, url) => {
    const refusal = refusalOf(rawHeaders, url);
    expect(refusal.code).toBe('multiple-credentials');
    expect(reasons[refusal.code].status).toBe(400);
  });

  it.each([
    ['access_token=secret'],
    ['access%5Ftoken=secret'],
    ['_count=1&access_token='],
    ['a=%zz&access_token=secret'],
  ])('never authenticates by ?%s, with 401 and without an echo', (query) => {
    const refusal = refusalOf([], `/fhir/r4/Patient?${query}`);
    expect(refusal.code).toBe('token-in-query');
    expect(reasons[refusal.code].status).toBe(401);
    expect(JSON.stringify(refusal)).not.toContain('secret');
  });

  it('leaves a parameter that only looks like it alone', () => {
    expect(read(['Authorization', 'Bearer a'], '/fhir/r4/Patient?my_access_token=x').kind).toBe('bearer');
  });

  it('names AUTH_BASIC and /login while Basic is off', () => {
    const refusal = refusalOf(['Authorization', basic('admin:secret')]);
    expect(refusal.code).toBe('scheme-unsupported');
    expect(refusal.fact).toContain('AUTH_BASIC');
    expect(refusal.cure).toMatch(/POST .*\/login.*AUTH_BASIC=on/);
    expect(JSON.stringify(refusal)).not.toContain('secret');
  });

  it('reads Basic when it is on', () => {
    const on = { basic: true };
    expect(read(['Authorization', basic('ana:a:b ö')], undefined, on)).toEqual({
      kind: 'basic',
      user: 'ana',
      password: 'a:b ö',
    });
    expect(read(['Authorization', basic('ana:')], undefined, on)).toEqual({ kind: 'basic', user: 'ana', password: '' });
  });

  it.each([['Basic'], ['Basic ???'], [basic('nocolon')], [basic(':p')], [basic('a\0b:p')], ['Basic a:b']])(
    'refuses %j as login-failed when Basic is on',
    (header) => {
      expect(refusalOf(['Authorization', header], undefined, { basic: true }).code).toBe('login-failed');
    },
  );

  it.each([['Digest username="x", realm="y"'], ['DPoP abc'], ['abc.def.ghi'], ['Token\tx'], ['']])(
    'names the unsupported scheme of %j',
    (header) => {
      expect(refusalOf(['Authorization', header]).code).toBe('scheme-unsupported');
    },
  );

  it.each([['Bearer'], ['Bearer '], ['Bearer a b']])('calls %j malformed', (header) => {
    expect(refusalOf(['Authorization', header]).code).toBe('token-malformed');
  });

  it('reads anything without throwing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), fc.boolean(), (header, query, isOn) => {
        const found = read(['Authorization', header], `/?${query}`, { basic: isOn });
        expect(['bearer', 'basic', 'refused']).toContain(found.kind);
      }),
    );
  });
});
