import { describe, expect, it } from 'vitest';
import { completeOptions } from './auth-options.js';
import { StartRefused } from '../config/checks/start-refused.js';

const resource = 'https://app.example/fhir';

describe('options of AuthModule', () => {
  it('need a resource and issuers only', () => {
    const { issuers, clockSkewSeconds, basic } = completeOptions({
      resource,
      issuers: [{ issuer: 'https://idp.example' }],
    });
    expect([clockSkewSeconds, basic]).toEqual([60, false]);
    expect(issuers).toMatchObject([{ audience: [resource], algorithms: ['RS256', 'RS384', 'ES256', 'ES384'] }]);
  });

  it('stay as they are when they are complete', () => {
    const complete = completeOptions({
      resource,
      clockSkewSeconds: 5,
      issuers: [{ issuer: 'https://idp.example', introspection: introspection }],
    });
    expect(completeOptions(complete)).toEqual(complete);
    expect(complete.clockSkewSeconds).toBe(5);
  });

  it.each([
    [[{ issuer: 'http://idp.example' }], /^issuers\[0\].issuer: .* not https, so its keys could be forged/],
    [[{ issuer: 'https://a.example', audiences: ['x'] }], /^issuers\[0\]: has an unknown member "audiences"$/],
    [[{ issuer: 'https://a.example' }, { issuer: 'https://a.example' }], /^issuers\[1\].issuer: .* is there twice$/],
    [[{ issuer: '' }], /^issuers\[0\].issuer: must not be empty/],
  ])('%j is refused with the place of the mistake', (issuers, line) => {
    expect(() => completeOptions({ resource, issuers })).toThrow(StartRefused);
    expect(() => completeOptions({ resource, issuers })).toThrow(line);
  });
});

const introspection = {
  clientId: 'me',
  clientSecret: 'a-secret-of-some-length',
  clientAuthentication: 'client_secret_basic',
  jwt: false,
  cacheSeconds: 30,
} as const;
