import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppConfig } from '../app-config.js';
import { WrongSettings } from '../checks/wrong-settings.js';

const secret = 'upstream-s3cret-value';
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanyard-providers-'));
  writeFileSync(join(folder, 'secret'), `${secret}\n`);
  writeFileSync(join(folder, 'empty'), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

const minimal = { id: 'corp', name: 'Corporate login', issuer: 'https://idp.example', clientId: 'fhir' };
const read = (value: unknown, more: Readonly<Record<string, string>> = {}) =>
  new AppConfig({ LOGIN_PROVIDERS: typeof value === 'string' ? value : JSON.stringify(value), ...more }).loginProviders;

function refusal(value: unknown, more?: Readonly<Record<string, string>>): string {
  try {
    read(value, more);
    return '';
  } catch (error) {
    return error instanceof WrongSettings ? error.lines.join('\n') : String(error);
  }
}

describe('LOGIN_PROVIDERS', () => {
  it('needs an id, a name, the issuer and the client id, and then gives nobody anything', () => {
    expect(read([minimal])).toEqual([
      {
        ...minimal,
        clientAuthentication: 'client_secret_basic',
        scopes: ['openid', 'profile'],
        parameters: {},
        userinfo: false,
        claims: { fhirUser: 'fhirUser', username: ['preferred_username', 'email'], groups: ['groups', 'roles'] },
        grantMap: {},
        grants: '',
        createUsers: false,
        userWithoutFhirUser: 'deny',
      },
    ]);
  });

  it('reads the secret of a file, and the whole setting of a file', () => {
    expect(read([{ ...minimal, clientSecretFile: join(folder, 'secret') }])[0]).toMatchObject({ clientSecret: secret });
    const path = join(folder, 'all.json');
    writeFileSync(path, JSON.stringify([{ ...minimal, clientSecret: secret }]));
    expect(read(`@${path}`)[0]).toMatchObject({ clientSecret: secret });
    expect(new AppConfig({ LOGIN_PROVIDERS_FILE: path }).loginProviders).toHaveLength(1);
  });

  it.each([
    [`[{"clientSecret":"${secret}",]`, 'is not JSON'],
    [[{ ...minimal, id: 'A B' }], '[0].id must be 1 to 31'],
    [[{ ...minimal, issuer: 'http://idp.example' }], '[0].issuer must be an https URL'],
    [[{ ...minimal, issuer: 'https://idp.example?x=1' }], '[0].issuer must have no query'],
    [[minimal, { ...minimal, issuer: 'https://two.example' }], '[1].id "corp" is there twice'],
    [[minimal, { ...minimal, id: 'two' }], '[1].issuer "https://idp.example" is there twice'],
    [[{ ...minimal, scopes: ['profile'] }], '[0].scopes must contain openid'],
    [[{ ...minimal, scopes: ['openid', 'a b'] }], '[0].scopes[1] must be a scope'],
    [[{ ...minimal, parameters: { state: 'fixed' } }], '[0].parameters must not set'],
    [[{ ...minimal, parameters: { redirect_uri: 'https://evil.example' } }], '[0].parameters must not set'],
    [[{ ...minimal, grants: 'system/*.rs' }], '[0].grants must be user/ scopes'],
    [[{ ...minimal, grants: 'user/*.rs  user/Patient.r' }], '[0].grants must be user/ scopes'],
    [[{ ...minimal, grants: 'user/*.rs ' }], '[0].grants must be user/ scopes'],
    [[{ ...minimal, grantMap: { doctors: 'users/*.rs' } }], '[0].grantMap.doctors must be user/ scopes'],
    [[{ ...minimal, clientSecretFile: '/nowhere' }], 'names a file that cannot be read, /nowhere (ENOENT)'],
    [[{ ...minimal, secret }], '[0] has an unknown member "secret"'],
    [[{ ...minimal, createUsers: secret }], '[0].createUsers must be boolean'],
  ])('refuses %j', (value, expected) => {
    const line = refusal(value);
    expect(line).toContain(expected);
    expect(line).toMatch(/^LOGIN_PROVIDERS: [^\n]*Example: LOGIN_PROVIDERS=[^\n]*$/);
    expect(line).not.toContain(secret);
  });

  it('refuses an empty secret file, a secret given twice, and providers without the embedded issuer', () => {
    expect(refusal([{ ...minimal, clientSecretFile: join(folder, 'empty') }])).toContain('names an empty file');
    const twice = refusal([{ ...minimal, clientSecret: secret, clientSecretFile: join(folder, 'secret') }]);
    expect(twice).toContain('keep one of the two');
    expect(twice).not.toContain(secret);
    expect(refusal([minimal], { EMBEDDED_ISSUER: 'off' })).toContain('LOGIN_PROVIDERS: needs the embedded issuer');
  });

  it.each([
    ['user/*.rs'],
    ['user/Patient.cruds user/Observation.rs?category=laboratory'],
    ['user/*.read user/*.*'],
    [''],
  ])('takes the grants %j', (grants) => {
    expect(read([{ ...minimal, grants }])[0]?.grants).toBe(grants);
  });
});
