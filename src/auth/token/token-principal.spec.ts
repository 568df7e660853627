import { describe, expect, it } from 'vitest';
import { authOptions, fhirBase } from '../../../test/support/auth-options.js';
import type { TrustedIssuer } from '../../config/foreign/trusted-issuer.js';
import { unknownIssuer } from './issuer-rules.js';
import { principalOfToken } from './token-principal.js';

const principalOf = (claims: Record<string, unknown>, changes: Partial<TrustedIssuer> = {}) =>
  principalOfToken({
    header: {},
    payload: { iss: 'https://idp.example', sub: 'ana', exp: 2_000_000_000, ...claims },
    issuer: { ...unknownIssuer(fhirBase), issuer: 'https://idp.example', ...changes },
    isTrusted: true,
    isOwn: false,
    options: authOptions(),
    now: 1_800_000_000,
  });

describe('principalOfToken', () => {
  it('takes over what the token says', () => {
    expect(
      principalOf({ azp: 'app', scope: 'launch/patient patient/*.rs', patient: 'p1', jti: 'j', sid: 's' }),
    ).toMatchObject({
      issuer: 'https://idp.example',
      local: false,
      subject: 'ana',
      clientId: 'app',
      kind: 'user',
      scopes: ['launch/patient', 'patient/*.rs'],
      patient: 'p1',
      expiresAt: 2_000_000_000,
      tokenId: 'j',
      sessionId: 's',
    });
  });

  it('names the client when the token has no subject, and makes no machine of it', () => {
    expect(principalOf({ sub: undefined, azp: 'app' })).toMatchObject({ subject: 'app', kind: 'user' });
  });

  it.each([
    ['the subject is the client', { sub: 'app', client_id: 'app' }],
    ['the subject ends in @clients', { sub: 'app@clients' }],
    ['idtyp is app', { idtyp: 'app' }],
    ['gty is client-credentials', { gty: 'client-credentials' }],
    ['the user name starts with service-account-', { preferred_username: 'service-account-app' }],
    ['machineToken says so', { kind: 'm2m' }],
  ])('is a machine if %s', (_name, claims) => {
    expect(principalOf(claims, { machineToken: { claim: 'kind', equals: 'm2m' } }).kind).toBe('machine');
  });

  it.each([
    [{ sub: 'app', client_id: 'other' }],
    [{ sub: 'app@clients.example' }],
    [{ idtyp: 'user' }],
    [{ gty: 'password' }],
    [{ preferred_username: 'ana-service-account-' }],
    [{ kind: 'user' }],
  ])('is a user with %j', (claims) => {
    expect(principalOf(claims, { machineToken: { claim: 'kind', equals: 'm2m' } }).kind).toBe('user');
  });

  it.each([[`${fhirBase}/Practitioner/d1`], ['Practitioner/d1'], [`${fhirBase}/Practitioner/d1/_history/2`]])(
    '%s is a resource of ours',
    (fhirUser) => {
      expect(principalOf({ fhirUser }).fhirUser).toEqual({ type: 'Practitioner', id: 'd1' });
    },
  );

  it.each([
    ['https://other.example/fhir/r4/Practitioner/d1', 'no resource of this server'],
    [`${fhirBase}evil/Practitioner/d1`, 'no resource of this server'],
    ['Observation/o1', 'of type Observation'],
    ['Organization/o1', 'of type Organization'],
    ['urn:uuid:1', 'no resource of this server'],
  ])('%s is nobody here, even where user/ scopes need no FHIR user', (fhirUser, why) => {
    const principal = principalOf({ fhirUser }, { userWithoutFhirUser: 'allow' });
    expect(principal.fhirUser).toBeUndefined();
    expect(principal.unusableFhirUser).toContain(why);
  });

  it('leaves the rule of the issuer for tokens that name no FHIR user', () => {
    expect(principalOf({}, { userWithoutFhirUser: 'allow' }).userWithoutFhirUser).toBe('allow');
  });
});
