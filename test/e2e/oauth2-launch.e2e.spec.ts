import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Launches, type LaunchContext } from '../../src/oauth2/launch/launch-context.js';
import { Browser } from '../support/browser.js';
import {
  adminToken,
  authorize,
  authorizeUrl,
  callback,
  createUser,
  exchange,
  fullScopes,
  read,
  refresh,
  registerClient,
  startOauthServer,
  store,
  type OauthServer,
} from '../support/oauth-server.js';
import { aPatient } from '../support/resources.js';

let server: OauthServer;
let app: string;

beforeAll(async () => {
  server = await startOauthServer();
  app = (await registerClient(server)).client.id;
  await createUser(server, { name: 'ines', fhirUser: 'Practitioner/ines' });
  await createUser(server, { name: 'pia', fhirUser: 'Patient/p1', grants: 'user/*.rs' });
  await createUser(server, { name: 'nobody', grants: 'user/Observation.rs' });
  await store(server, { resourceType: 'Practitioner', id: 'ines' });
  await store(server, { ...aPatient(), id: 'p1' });
  await store(server, { ...aPatient(), id: 'p2' });
});
afterAll(() => server?.close());

const prepare = (context: LaunchContext, user = 'ines', clientId = app) =>
  server.app.get(Launches).create({ clientId, user, context });

describe('a standalone launch', () => {
  const scope = 'openid fhirUser launch/patient offline_access patient/*.rs';

  it('gives everything that was asked, with the patient', async () => {
    const found = await authorize(server, app, { scope, login_hint: 'pia' });
    expect(Object.fromEntries(found.answer)).toEqual({
      code: expect.any(String),
      state: 'the-state',
      iss: server.oauth,
    });
    const { status, body, headers } = await exchange(server, app, found);
    expect([status, headers.get('cache-control'), headers.get('pragma')]).toEqual([200, 'no-store', 'no-cache']);
    expect(body).toMatchObject({
      token_type: 'Bearer',
      expires_in: 3600,
      scope,
      patient: 'p1',
      need_patient_banner: true,
      refresh_token: expect.any(String),
    });
    const style = await fetch(body.smart_style_url);
    expect([style.status, await style.json()]).toEqual([200, expect.objectContaining({ color_text: '#1b1f24' })]);
  });

  it('signs an access token that says for whom and for what it is', async () => {
    const { body } = await exchange(server, app, await authorize(server, app, { scope, login_hint: 'pia' }));
    const keys = createRemoteJWKSet(new URL(`${server.oauth}/jwks`));
    const { payload, protectedHeader } = await jwtVerify(body.access_token, keys, { typ: 'at+jwt' });
    expect(protectedHeader.alg).toBe('RS256');
    expect(payload).toEqual({
      iss: server.oauth,
      aud: server.fhir,
      sub: 'pia',
      client_id: app,
      scope,
      patient: 'p1',
      fhirUser: `${server.fhir}/Patient/p1`,
      jti: expect.any(String),
      sid: expect.any(String),
      iat: expect.any(Number),
      exp: payload.iat! + 3600,
    });
    expect(await read(server, 'Patient/p1', body.access_token)).toBe(200);
    expect(await read(server, 'Patient/p2', body.access_token)).toBe(403);
  });

  it('signs an id_token with the user, whose resource the access token may read', async () => {
    const found = await authorize(server, app, { scope, login_hint: 'ines', nonce: 'n1' });
    const { body } = await exchange(server, app, found);
    const claims = decodeJwt(body.id_token);
    expect(decodeProtectedHeader(body.id_token).alg).toBe('RS256');
    expect(claims).toMatchObject({ iss: server.oauth, aud: app, sub: 'ines', nonce: 'n1' });
    expect(claims['fhirUser']).toBe(`${server.fhir}/Practitioner/ines`);
    expect(await read(server, 'Practitioner/ines', body.access_token)).toBe(200);
    expect(await read(server, 'Patient/p1', body.id_token)).toBe(401);
  });

  it('leaves out fhirUser for an account that is nobody in the data', async () => {
    const { body } = await exchange(server, app, await authorize(server, app, { scope, login_hint: 'admin' }));
    expect(body.scope).toBe('openid launch/patient offline_access patient/*.rs');
    expect(decodeJwt(body.id_token)['fhirUser']).toBeUndefined();
  });

  it('finds a patient for patient/ scopes that come without launch/patient', async () => {
    const found = await authorize(server, app, { scope: 'patient/Observation.read', login_hint: 'pia' });
    const { body } = await exchange(server, app, found);
    expect(body).toMatchObject({ scope: 'patient/Observation.read', patient: 'p1' });
  });

  it('answers access_denied when the user sees no patient', async () => {
    const { answer } = await authorize(server, app, { scope, login_hint: 'nobody' });
    expect(Object.fromEntries(answer)).toMatchObject({ error: 'access_denied', state: 'the-state', iss: server.oauth });
  });

  it.each([
    ['v1', 'user/Patient.read user/Observation.*', 'user/Patient.read user/Observation.*'],
    ['v2', 'user/Patient.rs user/Observation.cruds', 'user/Patient.rs user/Observation.cruds'],
    ['granular', 'user/Observation.rs?category=laboratory', 'user/Observation.rs?category=laboratory'],
    ['not registered', 'user/Patient.rs system/*.rs profile x/y', 'user/Patient.rs'],
    ['out of order', 'user/Patient.rs user/Patient.sr', 'user/Patient.rs'],
  ])('answers scopes as they are: %s', async (_, asked, granted) => {
    const { body } = await exchange(server, app, await authorize(server, app, { scope: asked, login_hint: 'ines' }));
    expect(body.scope).toBe(granted);
    expect(decodeJwt(body.access_token)['scope']).toBe(granted);
  });

  it('narrows what is asked to what the client is registered for', async () => {
    const narrow = (
      await registerClient(server, { scopes: ['user/Patient.rs', 'user/Observation.rs?category=laboratory'] })
    ).client.id;
    const { body } = await exchange(server, narrow, await authorize(server, narrow, { scope: 'user/*.cruds' }));
    expect(body.scope.split(' ')).toEqual(['user/Patient.rs', 'user/Observation.rs?category=laboratory']);
  });

  it('narrows what is asked to what the user may', async () => {
    const { body } = await exchange(
      server,
      app,
      await authorize(server, app, { scope: 'user/*.cruds', login_hint: 'nobody' }),
    );
    expect(body.scope).toBe('user/Observation.rs');
  });

  it('limits the user/ scopes of a patient to their own record', async () => {
    const found = await authorize(server, app, { scope: 'user/Patient.rs', login_hint: 'pia' });
    const { access_token: token } = (await exchange(server, app, found)).body;
    expect(await read(server, 'Patient/p1', token)).toBe(200);
    expect(await read(server, 'Patient/p2', token)).toBe(403);
  });

  it('gives no refresh token unless offline or online access is granted', async () => {
    const { body } = await exchange(server, app, await authorize(server, app, { scope: 'user/Patient.rs' }));
    expect(body.refresh_token).toBeUndefined();
  });
});

describe('a patient who is gone', () => {
  it('is not opened again by a refresh', async () => {
    await store(server, { ...aPatient(), id: 'leaving' });
    const launch = await prepare({ patient: 'leaving' });
    const found = await authorize(server, app, { scope: 'launch offline_access patient/*.rs', launch });
    const { body } = await exchange(server, app, found);
    expect(body.patient).toBe('leaving');
    const token = await adminToken(server);
    expect((await server.call('DELETE', 'Patient/leaving', { token })).status).toBeLessThan(300);
    const again = await refresh(server, app, body.refresh_token);
    expect([again.status, again.body.error]).toEqual([400, 'invalid_grant']);
    expect(again.body.error_description).toMatch(/^grant-ended: /);
  });
});

describe('an EHR launch', () => {
  const scope = 'launch openid fhirUser offline_access user/*.rs';

  it('hands the prepared context to the app', async () => {
    await store(server, {
      resourceType: 'Encounter',
      id: 'e1',
      status: 'finished',
      class: { code: 'AMB' },
      subject: { reference: 'Patient/p2' },
    } as never);
    const launch = await prepare({
      patient: 'p2',
      encounter: 'e1',
      intent: 'reconcile',
      tenant: 'ward-1',
      needPatientBanner: false,
      fhirContext: [{ reference: 'ServiceRequest/s1' }],
    });
    const { body } = await exchange(server, app, await authorize(server, app, { scope, launch }));
    expect(body).toMatchObject({
      scope,
      patient: 'p2',
      encounter: 'e1',
      intent: 'reconcile',
      tenant: 'ward-1',
      need_patient_banner: false,
      fhirContext: [{ reference: 'ServiceRequest/s1' }],
    });
    expect(decodeJwt(body.access_token)).toMatchObject({ sub: 'ines', patient: 'p2' });
  });

  it('works once', async () => {
    const launch = await prepare({ patient: 'p1' });
    expect((await authorize(server, app, { scope, launch })).answer.get('code')).toBeTruthy();
    const { answer } = await authorize(server, app, { scope, launch });
    expect([answer.get('error'), answer.get('error_description')]).toEqual([
      'invalid_request',
      expect.stringMatching(/^launch-invalid: /),
    ]);
  });

  it('counts for one app only', async () => {
    const other = (await registerClient(server)).client.id;
    const launch = await prepare({ patient: 'p1' });
    expect((await authorize(server, other, { scope, launch })).answer.get('error')).toBe('invalid_request');
    expect((await authorize(server, app, { scope, launch })).answer.get('code')).toBeTruthy();
  });

  it.each([[undefined], ['forged']])('refuses the scope launch with the value %s', async (launch) => {
    const { answer } = await authorize(server, app, { scope, launch });
    expect(answer.get('error')).toBe('invalid_request');
    expect(answer.get('code')).toBeNull();
  });

  it('lets one of two browsers in that race on one launch', async () => {
    const launch = await prepare({ patient: 'p1' });
    const begun = await Promise.all(
      [new Browser(), new Browser()].map(async (browser) => {
        const answer = await browser.fetch(authorizeUrl(server, app, { scope, launch }, 'x'.repeat(43)));
        return { browser, page: answer.headers.get('location')! };
      }),
    );
    const ends = await Promise.all(begun.map(({ browser, page }) => browser.follow(page, server.url)));
    expect(ends.filter(({ location }) => location?.includes('code='))).toHaveLength(1);
  });
});

describe('the authorization request', () => {
  const scope = 'user/Patient.rs';

  it('may be a POST', async () => {
    const browser = new Browser();
    const url = new URL(authorizeUrl(server, app, { scope }, 'x'.repeat(43)));
    const end = await browser.follow(`${server.oauth}/authorize`, server.url, {
      method: 'POST',
      body: url.searchParams,
    });
    expect(new URL(end.location!).searchParams.get('code')).toBeTruthy();
  });

  it('may be longer than an address can be, by POST', async () => {
    const many = Array.from({ length: 380 }, (_, i) => `user/Observation.rs?code=http://loinc.org|${i}`).join(' ');
    const url = new URL(authorizeUrl(server, app, { scope: many }, 'x'.repeat(43)));
    const end = await new Browser().follow(`${server.oauth}/authorize`, server.url, {
      method: 'POST',
      body: url.searchParams,
    });
    expect(new URL(end.location!).searchParams.get('code')).toBeTruthy();
  });

  it.each([
    ['aud with a slash at the end', (fhir: string) => ({ aud: `${fhir}/` })],
    ['resource instead of aud', (fhir: string) => ({ aud: undefined, resource: fhir })],
    ['both', (fhir: string) => ({ resource: `${fhir}/` })],
  ])('takes %s', async (_, parameters) => {
    const { answer } = await authorize(server, app, { scope, ...parameters(server.fhir) });
    expect(answer.get('code')).toBeTruthy();
  });

  it.each([
    ['no aud', { aud: undefined }, 'invalid_request'],
    ['an aud of another server', { aud: 'https://inferno.healthit.gov/invalid_aud' }, 'invalid_target'],
    ['a resource of another server', { aud: undefined, resource: 'https://other.example' }, 'invalid_target'],
    ['a resource that contradicts aud', { resource: 'https://other.example' }, 'invalid_target'],
    ['no scope', { scope: undefined }, 'invalid_scope'],
    ['an empty scope', { scope: '' }, 'invalid_scope'],
    ['only scopes that are not registered', { scope: 'system/*.rs profile' }, 'invalid_scope'],
    ['no PKCE challenge', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    ['a plain PKCE challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['no PKCE method', { code_challenge_method: undefined }, 'invalid_request'],
    ['response_type=token', { response_type: 'token' }, 'unsupported_response_type'],
    ['response_type=id_token', { response_type: 'id_token', nonce: 'n' }, 'unsupported_response_type'],
    ['a hybrid response_type', { response_type: 'code token' }, 'unsupported_response_type'],
    ['a request object', { request: 'eyJhbGciOiJub25lIn0.e30.' }, 'request_not_supported'],
    ['prompt=none without a session', { prompt: 'none' }, 'login_required'],
    ['a parameter twice', { state: ['a', 'b'] }, 'invalid_request'],
  ])('with %s is told to the app, without a code', async (_, parameters, error) => {
    const url = authorizeUrl(server, app, { scope, ...parameters }, 'x'.repeat(43));
    const end = await new Browser().follow(url, server.url);
    expect(end.location?.startsWith(callback)).toBe(true);
    const answer = new URLSearchParams(end.location!.split(/[?#]/)[1]);
    expect([answer.get('error'), answer.get('code'), answer.get('access_token')]).toEqual([error, null, null]);
    if (_ !== 'a parameter twice') expect(answer.get('state')).toBe('the-state');
  });

  it.each([
    ['another address', `${callback}/`],
    ['another query', `${callback}?a=b`],
    ['another host', 'https://evil.example/callback'],
    ['another case', 'https://app.example/Callback'],
    ['a user in it', 'https://app.example@evil.example/callback'],
    ['a wildcard trick', 'https://app.example/callback/../evil'],
    ['a script', 'javascript:alert(1)'],
  ])('with a redirect URI of %s stays here, on a page', async (_, redirectUri) => {
    const url = authorizeUrl(server, app, { scope, redirect_uri: redirectUri }, 'x'.repeat(43));
    const answer = await new Browser().fetch(url, { headers: { accept: 'text/html' } });
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(answer.headers.get('x-frame-options')).toBe('DENY');
    const page = await answer.text();
    expect(page).toContain('redirect-uri-unregistered: ');
    expect(page).not.toContain('evil');
  });

  it('of an unknown client stays here', async () => {
    const answer = await new Browser().fetch(authorizeUrl(server, 'unknown', {}, 'x'.repeat(43)));
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
  });

  it('may come back to any port of this machine, for a native app', async () => {
    const native = (
      await registerClient(server, { redirectUris: ['http://127.0.0.1/callback', 'com.example.app:/back'] })
    ).client.id;
    for (const redirectUri of ['http://127.0.0.1:50123/callback', 'com.example.app:/back']) {
      const url = authorizeUrl(server, native, { scope, redirect_uri: redirectUri }, 'x'.repeat(43));
      const { location } = await new Browser().follow(url, server.url);
      expect(location?.startsWith(`${redirectUri}?code=`)).toBe(true);
    }
    for (const redirectUri of [
      'http://127.0.0.1:50123/other',
      'http://localhost:5/callback',
      'http://10.0.0.1/callback',
    ]) {
      const url = authorizeUrl(server, native, { scope, redirect_uri: redirectUri }, 'x'.repeat(43));
      expect((await new Browser().fetch(url)).status).toBe(400);
    }
  });

  it('cannot choose the patient or the user', async () => {
    const claims = JSON.stringify({ id_token: { patient: { value: 'p2' }, fhirUser: { value: 'Practitioner/ines' } } });
    const found = await authorize(server, app, {
      scope: 'openid fhirUser launch/patient patient/*.rs',
      login_hint: 'pia',
      claims,
      patient: 'p2',
      fhirUser: 'Practitioner/ines',
      sub: 'ines',
    });
    const { body } = await exchange(server, app, found, { patient: 'p2', fhirUser: 'Practitioner/ines' });
    expect(body.patient).toBe('p1');
    expect(decodeJwt(body.id_token)['fhirUser']).toBe(`${server.fhir}/Patient/p1`);
    expect(decodeJwt(body.access_token)['patient']).toBe('p1');
  });

  it('asks again in the same browser: each launch is decided anew', async () => {
    const first = await authorize(server, app, { scope: 'launch/patient patient/*.rs', login_hint: 'pia' });
    const again = await authorize(
      server,
      app,
      { scope: 'launch/patient patient/*.rs', login_hint: 'ines' },
      first.browser,
    );
    expect(decodeJwt((await exchange(server, app, again)).body.access_token)['sub']).toBe('ines');
    const silent = await authorize(server, app, { scope: 'user/Patient.rs', prompt: 'none' }, again.browser);
    expect(silent.answer.get('error')).toBe('consent_required');
  });

  it('gives the session a new name at each login', async () => {
    const browser = new Browser();
    const answer = await browser.fetch(authorizeUrl(server, app, { scope }, 'x'.repeat(43)));
    const forged = new Browser();
    // An interaction that somebody else began is not there for a browser without its cookie.
    expect((await forged.follow(answer.headers.get('location')!, server.url)).status).toBe(400);
  });

  it('takes every scope that the registration names', async () => {
    const launch = await prepare({ patient: 'p1' });
    const { body } = await exchange(server, app, await authorize(server, app, { scope: fullScopes, launch }));
    expect(body.scope.split(' ').toSorted()).toEqual(fullScopes.split(' ').toSorted());
  });
});
