import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Launches, type LaunchContext } from '../../src/oauth2/launch/launch-context.js';
import { assertionOf, makeClientKey, type ClientKey } from '../support/client-key.js';
import {
  authorize,
  basic,
  callback,
  createUser,
  post,
  read,
  registerClient,
  startOauthServer,
  store,
  type OauthServer,
  type Parameters,
  type TokenAnswer,
} from '../support/oauth-server.js';
import { aPatient } from '../support/resources.js';

// What the public certification suites assert of an authorization server, as their apps see it.

interface App {
  readonly id: string;
  /** What it sends to the token endpoint to prove who it is. */
  prove(): Promise<{ readonly form: Parameters; readonly headers: Readonly<Record<string, string>> }>;
}

let server: OauthServer;
let key: ClientKey;
const apps = new Map<string, App>();
const kinds = ['public', 'confidential-symmetric', 'confidential-asymmetric'] as const;
const origin = 'https://app.example';
const scope = 'launch/patient openid fhirUser offline_access patient/*.rs';

beforeAll(async () => {
  server = await startOauthServer();
  key = await makeClientKey('ES384');
  await createUser(server, { name: 'pia', fhirUser: 'Patient/p1', grants: 'user/*.rs' });
  await createUser(server, { name: 'ines', fhirUser: 'Practitioner/ines' });
  await store(server, { ...aPatient(), id: 'p1' });
  await store(server, { ...aPatient(), id: 'p2' });
  await store(server, { resourceType: 'Practitioner', id: 'ines' });
  await store(server, {
    resourceType: 'Encounter',
    id: 'e1',
    status: 'finished',
    class: { code: 'AMB' },
    subject: { reference: 'Patient/p1' },
  } as never);
  for (const kind of kinds) apps.set(kind, await register(kind));
});
afterAll(() => server?.close());

async function register(kind: (typeof kinds)[number]): Promise<App> {
  const { client, secret = '' } = await registerClient(server, {
    kind,
    ...(kind === 'confidential-asymmetric' && { jwks: { keys: [{ ...key.jwk }] } }),
  });
  const { id } = client;
  const proofs = {
    public: async () => ({ form: { client_id: id }, headers: { origin } }),
    'confidential-symmetric': async () => ({ form: {}, headers: basic(id, secret) }),
    'confidential-asymmetric': async () => ({ form: await assertionOf(id, `${server.oauth}/token`, key), headers: {} }),
  };
  return { id, prove: proofs[kind] };
}

const appOf = (kind: string): App => apps.get(kind)!;

async function ask(app: App, parameters: Parameters): Promise<TokenAnswer> {
  const { form, headers } = await app.prove();
  return post(`${server.oauth}/token`, { ...parameters, ...form }, headers);
}

async function launch(app: App, parameters: Parameters = {}): Promise<TokenAnswer> {
  const { answer, verifier } = await authorize(server, app.id, { scope, login_hint: 'pia', ...parameters });
  expect([answer.get('state'), answer.get('error')]).toEqual(['the-state', null]);
  return ask(app, {
    grant_type: 'authorization_code',
    code: answer.get('code')!,
    redirect_uri: callback,
    code_verifier: verifier,
  });
}

async function launchFromEhr(app: App, asked: string, context: LaunchContext): Promise<TokenAnswer> {
  const value = await server.app.get(Launches).create({ clientId: app.id, user: 'ines', context });
  return launch(app, { scope: asked, launch: value, login_hint: undefined });
}

const search = (address: string, token?: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${server.fhir}/${address}`, {
    headers: { accept: 'application/fhir+json', ...headers, ...(token && { authorization: `Bearer ${token}` }) },
  });

/** `smart_token_response_body_stu2_2` and `smart_token_response_headers`. */
function expectTokenResponse({ status, body, headers }: TokenAnswer): void {
  expect(status).toBe(200);
  for (const name of ['access_token', 'token_type', 'scope'])
    expect([name, typeof body[name]]).toEqual([name, 'string']);
  expect(body.expires_in).toBeTypeOf('number');
  expect(body.token_type.toLowerCase()).toBe('bearer');
  expect(headers.get('content-type')).toContain('application/json');
  expect(headers.get('cache-control')).toContain('no-store');
  expect(headers.get('pragma')).toContain('no-cache');
}

describe('capabilities', () => {
  const configuration = async () =>
    (await fetch(`${server.fhir}/.well-known/smart-configuration`)).json() as Promise<
      Readonly<Record<string, unknown>>
    >;

  it('are those of a standalone launch and of an EHR launch, and none that is not kept', async () => {
    const { capabilities } = await configuration();
    expect((capabilities as readonly string[]).toSorted()).toEqual([
      'authorize-post',
      'client-confidential-asymmetric',
      'client-confidential-symmetric',
      'client-public',
      'context-banner',
      'context-ehr-encounter',
      'context-ehr-patient',
      'context-standalone-encounter',
      'context-standalone-patient',
      'context-style',
      'launch-ehr',
      'launch-standalone',
      'permission-offline',
      'permission-online',
      'permission-patient',
      'permission-user',
      'permission-v1',
      'permission-v2',
      'sso-openid-connect',
    ]);
  });

  it('come with scopes in the syntax of SMART 2, S256 alone, and an issuer', async () => {
    const body = await configuration();
    const resourceScope = /^(patient|user|system|\*)\/([a-zA-Z*]+)\.([cruds]+)(\?\w+=.*)?$/;
    expect((body['scopes_supported'] as readonly string[]).some((one) => resourceScope.test(one))).toBe(true);
    expect(body['code_challenge_methods_supported']).toEqual(['S256']);
    expect(body['grant_types_supported']).toContain('authorization_code');
    for (const name of ['issuer', 'jwks_uri', 'introspection_endpoint']) expect(body[name]).toMatch(/^http/);
  });
});

describe.each(kinds)('a standalone launch of a client that is %s', (kind) => {
  it('gets tokens in the form that SMART asks for, and refreshes them with and without scope', async () => {
    const app = appOf(kind);
    const first = await launch(app);
    expectTokenResponse(first);
    expect(first.body).toMatchObject({ scope, patient: 'p1', need_patient_banner: true });
    expect(await read(server, 'Patient/p1', first.body.access_token)).toBe(200);
    let { refresh_token: token } = first.body;
    for (const more of [{}, { scope: first.body.scope }]) {
      const again = await ask(app, { grant_type: 'refresh_token', refresh_token: token, ...more });
      expectTokenResponse(again);
      expect(again.body.scope).toBe(first.body.scope);
      expect(await read(server, 'Patient/p1', again.body.access_token)).toBe(200);
      token = again.body.refresh_token ?? token;
    }
  });

  it('is refused a made up code with exactly 400, and a made up refresh token', async () => {
    const bad = {
      grant_type: 'authorization_code',
      code: 'BAD_CODE',
      redirect_uri: callback,
      code_verifier: 'x'.repeat(43),
    };
    const code = await ask(appOf(kind), bad);
    expect([code.status, code.body.error]).toEqual([400, 'invalid_grant']);
    const refreshed = await ask(appOf(kind), { grant_type: 'refresh_token', refresh_token: crypto.randomUUID() });
    expect([400, 401]).toContain(refreshed.status);
    expect(refreshed.body.access_token).toBeUndefined();
  });

  it('is refused a refresh token that was revoked, and reads nothing with the tokens of it', async () => {
    const app = appOf(kind);
    const { body } = await launch(app);
    const { form, headers } = await app.prove();
    expect((await post(`${server.oauth}/revoke`, { token: body.refresh_token, ...form }, headers)).status).toBe(200);
    const again = await ask(app, { grant_type: 'refresh_token', refresh_token: body.refresh_token });
    expect([400, 401]).toContain(again.status);
    expect([401, 403, 404]).toContain(await read(server, 'Patient/p1', body.access_token));
  });

  it('gets an id_token that a client can verify, about a user whose resource it may read', async () => {
    const { body } = await launch(appOf(kind));
    const { iss } = decodeJwt(body.id_token);
    const configuration = await fetch(`${iss}/.well-known/openid-configuration`);
    expect([configuration.status, configuration.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('application/json'),
    ]);
    const found = (await configuration.json()) as Record<string, unknown>;
    for (const name of [
      'authorization_endpoint',
      'token_endpoint',
      'response_types_supported',
      'subject_types_supported',
    ])
      expect(found).toHaveProperty(name);
    expect(found['id_token_signing_alg_values_supported']).toContain('RS256');
    const keys = createRemoteJWKSet(new URL(String(found['jwks_uri'])));
    const { payload, protectedHeader } = await jwtVerify(body.id_token, keys, {
      algorithms: ['RS256'],
      issuer: String(found['issuer']),
      audience: appOf(kind).id,
      requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat'],
    });
    const published = (await (await fetch(String(found['jwks_uri']))).json()) as {
      keys: { kid: string; kty: string }[];
    };
    expect(published.keys.filter(({ kty }) => kty === 'RSA').map(({ kid }) => kid)).toContain(protectedHeader.kid);
    expect(payload.sub!.length).toBeLessThan(256);
    expect(payload['fhirUser']).toMatch(/\/(Patient|Practitioner|RelatedPerson|Person)\/[A-Za-z0-9.-]{1,64}$/);
    const answer = await fetch(String(payload['fhirUser']), {
      headers: { authorization: `Bearer ${body.access_token}`, origin },
    });
    expect([answer.status, ((await answer.json()) as { resourceType: string }).resourceType]).toEqual([200, 'Patient']);
    expect([origin, '*']).toContain(answer.headers.get('access-control-allow-origin'));
  });

  it('is introspected as what it was told', async () => {
    const { body } = await launch(appOf(kind));
    const found = (await post(`${server.oauth}/introspect`, { token: body.access_token })).body;
    const { iss, sub, fhirUser } = decodeJwt(body.id_token) as Record<string, string>;
    expect(found).toMatchObject({ active: true, client_id: appOf(kind).id, patient: body.patient, iss, sub, fhirUser });
    expect(found.scope.split(' ').toSorted()).toEqual(body.scope.split(' ').toSorted());
    expect(found.exp).toBeGreaterThan(Date.now() / 1000 - 600);
    const unknown = await post(`${server.oauth}/introspect`, { token: 'invalid_token_value' });
    expect([unknown.status, unknown.body]).toEqual([200, { active: false }]);
  });

  it('is refused every wrong verifier', async () => {
    for (const wrong of [undefined, '', 'y'.repeat(43), (challenge: string) => challenge]) {
      const { answer, verifier } = await authorize(server, appOf(kind).id, { scope, login_hint: 'pia' });
      const challenge = Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))).toString(
        'base64url',
      );
      const { status, body } = await ask(appOf(kind), {
        grant_type: 'authorization_code',
        code: answer.get('code')!,
        redirect_uri: callback,
        code_verifier: typeof wrong === 'function' ? wrong(challenge) : wrong,
      });
      expect([400, 401]).toContain(status);
      expect(body.access_token).toBeUndefined();
    }
  });
});

describe('a public client in a browser', () => {
  it('may read the answer of the token endpoint, right or wrong', async () => {
    const { headers, body } = await launch(appOf('public'));
    expect([origin, '*']).toContain(headers.get('access-control-allow-origin'));
    expect(decodeProtectedHeader(body.id_token).alg).toBe('RS256');
    const wrong = await ask(appOf('public'), {
      grant_type: 'authorization_code',
      code: 'BAD_CODE',
      redirect_uri: callback,
    });
    expect([origin, '*']).toContain(wrong.headers.get('access-control-allow-origin'));
  });
});

describe('a confidential client', () => {
  it('cannot redeem its code under a name that is not its own', async () => {
    const { answer, verifier } = await authorize(server, appOf('confidential-symmetric').id, {
      scope,
      login_hint: 'pia',
    });
    const form = {
      grant_type: 'authorization_code',
      code: answer.get('code')!,
      redirect_uri: callback,
      code_verifier: verifier,
    };
    const { status, body } = await post(`${server.oauth}/token`, form, basic('BAD_CLIENT_ID', 'x'));
    expect([400, 401]).toContain(status);
    expect(body.access_token).toBeUndefined();
  });
});

describe('a token', () => {
  it('is needed: without one the answer is exactly 401', async () => {
    expect((await search('Patient/p1')).status).toBe(401);
  });

  const types = [
    'AllergyIntolerance',
    'CarePlan',
    'CareTeam',
    'Condition',
    'Coverage',
    'Device',
    'DiagnosticReport',
    'DocumentReference',
    'Encounter',
    'Goal',
    'Immunization',
    'MedicationDispense',
    'MedicationRequest',
    'Observation',
    'Procedure',
    'QuestionnaireResponse',
    'RelatedPerson',
    'ServiceRequest',
    'Specimen',
  ];

  it.each([
    ['a wildcard', 'patient/*.rs'],
    ['scopes of SMART 1', ['Patient', ...types].map((type) => `patient/${type}.read`).join(' ')],
    ['scopes of SMART 2', ['Patient', ...types].map((type) => `patient/${type}.rs`).join(' ')],
  ])('with %s searches every type of US Core in the record', async (_, asked) => {
    const { body } = await launch(appOf('public'), { scope: `launch/patient ${asked}` });
    expect(body.scope).toBe(`launch/patient ${asked}`);
    for (const type of types) {
      expect([type, (await search(`${type}?patient=p1`, body.access_token)).status]).toEqual([type, 200]);
    }
    expect((await search('Patient?_id=p1', body.access_token)).status).toBe(200);
  });
});

describe('an EHR launch', () => {
  it('of a practitioner comes with patient, encounter, banner and style', async () => {
    const asked = 'launch openid fhirUser offline_access user/*.rs';
    const context = { patient: 'p1', encounter: 'e1', needPatientBanner: false };
    const answer = await launchFromEhr(appOf('confidential-symmetric'), asked, context);
    expectTokenResponse(answer);
    const { body } = answer;
    expect(body).toMatchObject({ scope: asked, patient: 'p1', encounter: 'e1', need_patient_banner: false });
    for (const address of ['Patient/p1', 'Encounter/e1', 'Practitioner/ines']) {
      expect([address, await read(server, address, body.access_token)]).toEqual([address, 200]);
    }
    const style = await fetch(body.smart_style_url);
    expect([style.status, style.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('application/json'),
    ]);
    expect(await style.json()).toBeTypeOf('object');
  });

  it.each(kinds)('with scopes for the patient alone gives just them, to a client that is %s', async (kind) => {
    const asked = 'launch openid fhirUser offline_access patient/Patient.rs';
    const { body } = await launchFromEhr(appOf(kind), asked, { patient: 'p1' });
    expect(body).toMatchObject({ scope: asked, patient: 'p1' });
    expect(await read(server, 'Patient/p1', body.access_token)).toBe(200);
    expect(await read(server, 'Patient/p2', body.access_token)).toBe(403);
    expect(await read(server, 'Observation?patient=p1', body.access_token)).toBe(403);
  });
});

describe('an authorization request with a wrong aud', () => {
  it.each(['https://inferno.healthit.gov/invalid_aud', '', 'r4', 'http://127.0.0.1/fhir/r4'])(
    '%j gives no code',
    async (aud) => {
      const { answer } = await authorize(server, appOf('public').id, { scope, aud });
      expect([answer.get('code'), answer.get('error')]).toEqual([
        null,
        expect.stringMatching(/^invalid_(target|request)$/),
      ]);
    },
  );

  it('gives no code when the right one stands beside it', async () => {
    const { answer } = await authorize(server, appOf('public').id, {
      scope,
      aud: [server.fhir, 'https://inferno.healthit.gov/invalid_aud'],
    });
    expect(answer.get('code')).toBeNull();
  });
});
