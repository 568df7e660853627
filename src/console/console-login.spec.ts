import { describe, expect, it } from 'vitest';
import { consoleLogin, loginOrigins } from './console-login.js';
import { consoleHeaders } from './console-page.js';
import { authOptions } from '../../test/support/auth-options.js';

const trusted = (issuer: string, more: object = {}) => ({ issuer, algorithms: [], ...more }) as never;
const issuers = [
  trusted('https://a.example'),
  trusted('https://b.example', { advertise: true, audience: ['api://fhir', 'x'] }),
];
const localIssuer = 'https://fhir.example/oauth2';

describe('the login of the console', () => {
  it('is at this server, unless a setting names another one', () => {
    const own = authOptions({ issuers, localIssuer });
    expect(consoleLogin({}, own)).toEqual({ issuer: localIssuer, clientId: 'lanyard-console' });
    expect(consoleLogin({ login: { clientId: 'c', issuer: 'https://a.example' } }, own)).toEqual({
      issuer: 'https://a.example',
      clientId: 'c',
    });
  });

  it('is at the advertised issuer where this server has none, and nowhere without a client id', () => {
    const foreign = authOptions({ issuers });
    expect(consoleLogin({}, foreign)).toBeUndefined();
    expect(consoleLogin({ login: { clientId: 'c', scopes: 'openid' } }, foreign)).toEqual({
      issuer: 'https://b.example',
      clientId: 'c',
      scopes: 'openid',
      audience: 'api://fhir',
    });
    expect(consoleLogin({ login: { clientId: 'c' } }, authOptions({ issuers: [] }))).toBeUndefined();
    expect(consoleLogin({ login: { clientId: 'c', issuer: 'https://evil.example' } }, foreign)).toBeUndefined();
  });
});

describe('the origins that the page may ask', () => {
  it('are those of the issuer and of its endpoints, as origins and nothing more', () => {
    const metadata = {
      token_endpoint: "https://login.b.example/x;script-src 'unsafe-inline'",
      revocation_endpoint: 'https://b.example/revoke',
      userinfo_endpoint: 'https://other.example/',
    };
    expect(loginOrigins('https://b.example/realm', metadata)).toEqual(['https://b.example', 'https://login.b.example']);
    expect(loginOrigins('https://b.example')).toEqual(['https://b.example']);
  });

  it('have no other scheme, and no http beside an issuer with https', () => {
    for (const token_endpoint of ['http://b.example/token', 'data:text/plain,x', '*', 7, null])
      expect(loginOrigins('https://b.example', { token_endpoint })).toEqual(['https://b.example']);
    expect(loginOrigins('http://localhost:1', { token_endpoint: 'http://localhost:2/t' })).toEqual([
      'http://localhost:1',
      'http://localhost:2',
    ]);
  });

  it('stand in the policy of the page, beside nothing else', () => {
    const policy = (asked?: readonly string[]) => consoleHeaders('n', asked)['content-security-policy']!;
    expect(policy()).toContain("connect-src 'self';");
    expect(policy(['https://b.example'])).toContain("connect-src 'self' https://b.example;");
    expect(policy(['https://b.example']).replace(' https://b.example', '')).toBe(policy());
  });
});
