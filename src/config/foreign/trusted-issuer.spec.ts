import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AppConfig } from '../app-config.js';
import { WrongSettings } from '../checks/wrong-settings.js';

function issuers(value: unknown) {
  return new AppConfig({ TRUSTED_ISSUERS: typeof value === 'string' ? value : JSON.stringify(value) }).trustedIssuers;
}

function refusal(value: unknown): string {
  try {
    issuers(value);
    return '';
  } catch (error) {
    return error instanceof WrongSettings ? error.lines.join('\n') : String(error);
  }
}

const issuer = 'https://idp.example';

describe('TRUSTED_ISSUERS', () => {
  it('lists the members that there are where one is unknown, at every depth', () => {
    expect(refusal([{ issuer, jwks: 'x' }])).toMatch(
      /\[0\] has an unknown member "jwks"; known are issuer, jwksUri, audience, algorithms, .*, advertise\. Example/,
    );
    expect(refusal([{ issuer, claims: { scopes: 'x' } }])).toMatch(
      /\[0\]\.claims has an unknown member "scopes"; known are scope, clientId, patient, fhirUser, clearance, /,
    );
    const introspection = { clientId: 'a', clientSecret: 'b', url: 'https://x.example' };
    expect(refusal([{ issuer, introspection }])).toMatch(/"url"; known are endpoint, clientId, clientSecret, /);
  });

  it('needs nothing but the issuer', () => {
    expect(issuers([{ issuer }])).toEqual([
      {
        issuer,
        audience: ['http://localhost:3000/fhir/r4'],
        algorithms: ['RS256', 'RS384', 'ES256', 'ES384'],
        typ: 'auto',
        userWithoutFhirUser: 'deny',
        adminScopes: 'deny',
        claims: {
          scope: ['scope', 'scp', 'permissions', 'roles'],
          clientId: ['client_id', 'azp', 'appid', 'cid'],
          patient: 'patient',
          fhirUser: 'fhirUser',
        },
        scopeMap: {},
      },
    ]);
  });

  it('keeps everything that is given', () => {
    const full = {
      issuer: 'urn:an-issuer',
      jwksUri: 'https://idp.example/jwks',
      audience: ['https://fhir.example/fhir/r4', 'api://fhir'],
      algorithms: ['PS256'],
      typ: 'at+jwt',
      userWithoutFhirUser: 'allow',
      adminScopes: 'allow',
      claims: { scope: ['scp'], clientId: ['cid'], patient: 'launch_patient', fhirUser: 'fhir_user' },
      scopeMap: { 'FHIR.Read.All': 'system/*.rs' },
      machineToken: { claim: 'gty', equals: 'client-credentials' },
      introspection: {
        endpoint: 'https://idp.example/introspect',
        clientId: 'fhir',
        clientSecret: 's',
        clientAuthentication: 'client_secret_post',
        tokenPrefix: 'at_',
        jwt: true,
        cacheSeconds: 5,
      },
      advertise: true,
    };
    expect(issuers([full])).toEqual([full]);
  });

  it('takes one text for a list of one, and fills up claims that are given in part', () => {
    const [trusted] = issuers([{ issuer, audience: 'api://fhir', claims: { scope: 'scp' } }]);
    expect(trusted?.audience).toEqual(['api://fhir']);
    expect(trusted?.claims).toMatchObject({ scope: ['scp'], patient: 'patient' });
  });

  it('reads a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lanyard-issuers-'));
    const path = join(folder, 'issuers.json');
    writeFileSync(path, JSON.stringify([{ issuer }]));
    expect(issuers(`@${path}`)).toHaveLength(1);
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['[{', 'is not JSON'],
    ['@/nowhere/issuers.json', 'cannot read /nowhere/issuers.json (ENOENT)'],
    ['{}', 'must be array'],
    [[{}], '[0].issuer is missing'],
    [[{ issuer, jwksUrl: 'x' }], '[0] has an unknown member "jwksUrl"'],
    [[{ issuer, claims: { scopes: ['x'] } }], '[0].claims has an unknown member "scopes"'],
    [[{ issuer }, { issuer }], '[1].issuer "https://idp.example" is there twice'],
    [[{ issuer, algorithms: ['HS256'] }], '[0].algorithms[0] must be one of RS256'],
    [[{ issuer, algorithms: ['none'] }], '[0].algorithms[0] must be one of RS256'],
    [[{ issuer, algorithms: [] }], '[0].algorithms must not be empty'],
    [[{ issuer, audience: [] }], '[0].audience must'],
    [[{ issuer, typ: 'JWT' }], '[0].typ must be one of auto, at+jwt'],
    [[{ issuer: 'my-issuer' }], 'its keys cannot be discovered; add jwksUri'],
    [[{ issuer, jwksUri: 'file:///etc/passwd' }], '[0].jwksUri must be an http(s) URL'],
    [[{ issuer: 'http://idp.example' }], 'is not https'],
    [[{ issuer, introspection: { clientId: 'fhir' } }], '[0].introspection needs clientSecret or clientSecretFile'],
    [
      [{ issuer, introspection: { clientId: 'a', clientSecret: 'b', endpoint: 'http://x.example' } }],
      'must be an https',
    ],
    [[{ issuer, introspection: { clientId: 'a', clientSecret: 'b', cacheSeconds: 61 } }], 'must be from 0 to 60'],
    [
      ['https://a.example', 'https://b.example'].map((one) => ({
        issuer: one,
        introspection: { clientId: 'a', clientSecret: 'b' },
      })),
      '[1].introspection.tokenPrefix must differ',
    ],
    [
      [
        { issuer, advertise: true },
        { issuer: 'https://b.example', advertise: true },
      ],
      '[1].advertise is true for another',
    ],
    [[{ issuer, jwksUri: 'http://idp.example/keys' }], '[0].jwksUri "http://idp.example/keys" is not https'],
  ])('refuses %j', (value, expected) => {
    const line = refusal(value);
    expect(line).toContain(expected);
    expect(line).toMatch(/^TRUSTED_ISSUERS: [^\n]*Example: TRUSTED_ISSUERS=[^\n]*$/);
  });
});
