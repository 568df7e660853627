import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AppConfig } from './app-config.js';
import { type OwnSettings, ownSettingNames } from './own-settings.js';
import { configOfTenant } from './tenant-config.js';
import { WrongSettings } from './checks/wrong-settings.js';

const process = new AppConfig({
  PUBLIC_URL: 'https://fhir.example',
  TENANTS: 'path',
  DATABASE_URL: 'postgres://localhost/lanyard',
  TRUSTED_ISSUERS: '[{"issuer":"https://idp.example","audience":["https://fhir.example/fhir/r4","api://fhir"]}]',
  LOGIN_PROVIDERS: '[{"id":"corp","name":"Corp","issuer":"https://corp.example","clientId":"a","clientSecret":"b"}]',
  ORGANISATION_NAME: 'The operator',
  ORGANISATION_COLOUR: '#0f5e9c',
  CLEARANCE: 'N',
  SEARCH_COUNT_MAX: '50',
});
const of = (own: OwnSettings): AppConfig => configOfTenant(process, 'north', own);
const base = 'https://fhir.example/t/north/fhir/r4';

describe('settings of a tenant', () => {
  it('are those of the process, without its people and its name, where it has none of its own', () => {
    const { trustedIssuers, loginProviders, organisation, withholding, searchCountMax } = of({});
    expect(trustedIssuers.map(({ issuer, audience }) => [issuer, audience])).toEqual([['https://idp.example', [base]]]);
    expect([loginProviders, organisation, withholding.clearance, searchCountMax]).toEqual([[], {}, 'N', 50]);
  });

  it('are its own where it has some, and take no part of what is of the operator', () => {
    const own = of({
      ORGANISATION_NAME: 'Northern Hospital',
      CONSENT: 'all',
      TRUSTED_ISSUERS:
        '[{"issuer":"https://north.example"},{"issuer":"https://far.example","audience":["api://north"]}]',
    });
    expect(own.organisation).toEqual({ name: 'Northern Hospital' });
    expect(own.withholding).toEqual({ clearance: 'N', consent: 'all' });
    expect(own.trustedIssuers.map(({ issuer, audience }) => [issuer, audience])).toEqual([
      ['https://north.example', [base]],
      ['https://far.example', ['api://north']],
    ]);
    expect([own.loginProviders, own.searchCountMax, own.publicUrl]).toEqual([[], 50, 'https://fhir.example/t/north']);
    expect(process.organisation.name).toBe('The operator');
  });

  it('may be taken away by an empty text', () => {
    expect(of({ TRUSTED_ISSUERS: '' }).trustedIssuers).toEqual([]);
    expect(of({ CLEARANCE: '' }).withholding.clearance).toBe('V');
  });

  it('are refused as a whole with those of the process', () => {
    expect(() => of({ SEARCH_COUNT_DEFAULT: '60' })).toThrow(WrongSettings);
    expect(() => of({ VALIDATION: 'lax' })).toThrow('VALIDATION: must be one of strict, structure');
    expect(() => of({ TRUSTED_ISSUERS: '[{"issuer":"https://fhir.example/oauth2"}]' })).toThrow(
      'is this server itself',
    );
  });

  it('trust no issuer of this server, which would let users of another tenant in', () => {
    const trusting =
      (issuer: string, config = process) =>
      () =>
        configOfTenant(config, 'north', { TRUSTED_ISSUERS: JSON.stringify([{ issuer }]) });
    for (const issuer of ['https://fhir.example/t/north/oauth2', 'https://fhir.example/t/south/oauth2'])
      expect(trusting(issuer)).toThrow('is of this server');
    expect(trusting('https://fhir.example/t/south/oauth2/')).toThrow('is of this server');
    for (const issuer of ['https://fhir.example.org/t/south/oauth2', 'https://fhir.example/auth/realms/hospital'])
      expect(trusting(issuer)).not.toThrow();
    const hosts = new AppConfig({
      PUBLIC_URL: 'https://{tenant}.fhir.example',
      TENANTS: 'host',
      DATABASE_URL: 'postgres://localhost/lanyard',
    });
    for (const issuer of ['https://south.fhir.example/oauth2', 'https://north.fhir.example/oauth2'])
      expect(trusting(issuer, hosts)).toThrow('is of this server');
    for (const issuer of ['https://notfhir.example/oauth2', 'https://idp.fhir.example/realms/hospital'])
      expect(trusting(issuer, hosts)).not.toThrow();
  });

  it('are named in the documentation, all of them', () => {
    const [, list = ''] =
      /<!-- settings of a tenant -->\n(.*?)\n\n/s.exec(readFileSync('docs/tenants.md', 'utf8')) ?? [];
    expect([...list.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name)).toEqual(ownSettingNames);
  });
});
