import { describe, expect, it } from 'vitest';
import {
  changedRegistration,
  type Client,
  emptyForm,
  formOf,
  kindOf,
  NoKeys,
  registrationOf,
  withState,
} from './client.js';

const app: Client = {
  id: 'growth',
  name: 'Growth',
  kind: 'public',
  grantTypes: ['authorization_code'],
  redirectUris: ['https://app.example/cb'],
  scopes: ['patient/*.rs'],
  origins: [],
  contacts: ['a@app.example'],
  logoUri: 'https://app.example/logo.png',
  createdBy: 'admin',
  hasSecret: false,
  disabled: false,
};

describe('a registration', () => {
  it('of an app has its addresses, a line each, and no keys', () => {
    const form = {
      ...emptyForm,
      name: ' Growth ',
      redirectUris: 'https://a.example/1\n\n https://a.example/2 ',
      jwks: 'x',
    };
    expect(registrationOf(form)).toEqual({
      name: 'Growth',
      kind: 'public',
      redirectUris: ['https://a.example/1', 'https://a.example/2'],
      scopes: [],
      origins: [],
    });
  });

  it('of a service has keys, and no address for browsers', () => {
    const form = { ...emptyForm, kind: 'service', redirectUris: 'https://a.example', jwks: '{"keys":[]}' } as const;
    expect(registrationOf(form)).toMatchObject({
      kind: 'confidential-asymmetric',
      redirectUris: [],
      jwks: { keys: [] },
    });
  });

  it('has no keys that are no JSON', () => {
    expect(() => registrationOf({ ...emptyForm, kind: 'keys', keysBy: 'text', jwks: '-----BEGIN' })).toThrow(NoKeys);
  });
});

describe('a changed client', () => {
  it('keeps what the form does not have, and names nothing that is the server’s', () => {
    const form = { ...formOf(app), name: 'Grown', scopes: ['patient/*.rs', 'offline_access'] };
    expect(changedRegistration(app, form)).toEqual({
      name: 'Grown',
      kind: 'public',
      grantTypes: ['authorization_code', 'refresh_token'],
      redirectUris: ['https://app.example/cb'],
      scopes: ['patient/*.rs', 'offline_access'],
      origins: [],
      contacts: ['a@app.example'],
      logoUri: 'https://app.example/logo.png',
      disabled: false,
    });
  });

  it('of which a field was emptied has it no more', () => {
    const before = { ...app, launchUrl: 'https://app.example/launch' };
    expect(changedRegistration(before, { ...formOf(before), launchUrl: '' })).not.toHaveProperty('launchUrl');
  });

  it('in another state is as it was', () => {
    expect(withState({ ...app, jwksUri: 'https://a.example/jwks' }, true)).toMatchObject({
      name: 'Growth',
      jwksUri: 'https://a.example/jwks',
      disabled: true,
    });
    expect(withState(app, true)).not.toHaveProperty('id');
  });
});

it.each([
  [{ kind: 'confidential-asymmetric', grantTypes: ['client_credentials'] }, 'service'],
  [{ kind: 'confidential-asymmetric', grantTypes: ['authorization_code'] }, 'keys'],
  [{ kind: 'confidential-symmetric', grantTypes: ['authorization_code'] }, 'secret'],
] as const)('the kind of %j is %s', (change, kind) => {
  expect(kindOf({ ...app, ...change })).toBe(kind);
});
