import { describe, expect, it } from 'vitest';
import { AppConfig } from '../config/app-config.js';
import { describeApi } from './describe-api.js';

const pathsOf = async (settings: Readonly<Record<string, string>>): Promise<readonly string[]> =>
  Object.keys(
    (await describeApi(new AppConfig({ LOG_LEVEL: 'error', ...settings }), [], { types: ['Patient'] })).paths,
  );

describe('the OpenAPI document, without a database', () => {
  it('has what the settings switch on', async () => {
    const all = await pathsOf({ REGISTRATION: 'token', LOGIN: 'on' });
    expect(all).toEqual(
      expect.arrayContaining([
        '/fhir/r4/Patient/{id}',
        '/fhir/r4/login',
        '/oauth2/register',
        '/oauth2/users/{name}',
        '/',
      ]),
    );
    const few = await pathsOf({ REGISTRATION: 'off', LOGIN: 'off' });
    expect(all.filter((path) => !few.includes(path))).toEqual([
      '/fhir/r4/login',
      '/fhir/r4/refresh',
      '/oauth2/register',
    ]);
    expect(few.filter((path) => !all.includes(path))).toEqual([]);
  });

  it('has no authorization server where there is none', async () => {
    const issuers = JSON.stringify([{ issuer: 'https://issuer.example' }]);
    const document = await describeApi(
      new AppConfig({ EMBEDDED_ISSUER: 'off', TRUSTED_ISSUERS: issuers, PUBLIC_URL: 'https://fhir.example/x' }),
      [],
      { types: ['Patient'] },
    );
    expect(Object.keys(document.paths).filter((path) => /oauth2|login/.test(path))).toEqual([]);
    expect(document.servers).toEqual([{ url: 'https://fhir.example/x' }]);
    expect(document.components.securitySchemes['smart']).toMatchObject({
      type: 'openIdConnect',
      openIdConnectUrl: 'https://issuer.example/.well-known/openid-configuration',
    });
    const metadata = document.paths['/.well-known/oauth-protected-resource/x/fhir/r4']?.get;
    expect(metadata?.servers).toEqual([{ url: 'https://fhir.example' }]);
  });
});
