import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  adminToken,
  authorize,
  basic,
  createUser,
  exchange,
  type OauthServer,
  registerClient,
  startOauthServer,
  store,
} from '../support/oauth-server.js';

/** SMART App Launch 2.2, "Launch App: EHR Launch": the EHR's side of it. */
describe('POST /oauth2/launches', () => {
  let server: OauthServer;
  let client: string;
  let other: string;
  const tokens = new Map<string, string>();

  beforeAll(async () => {
    server = await startOauthServer();
    await store(server, { resourceType: 'Patient', id: 'p1' });
    await store(server, { resourceType: 'Patient', id: 'p2' });
    await createUser(server, { name: 'doctor' });
    await createUser(server, { name: 'pat', grants: 'user/*.rs', fhirUser: 'Patient/p1' });
    const launchUrl = 'https://app.example/launch?from=ehr';
    client = (await registerClient(server, { launchUrl })).client.id;
    other = (await registerClient(server, { scopes: ['launch/patient', 'patient/*.rs'] })).client.id;
    tokens.set('admin', await adminToken(server));
    for (const name of ['doctor', 'pat']) tokens.set(name, await logIn(name));
  });
  afterAll(() => server?.close());

  async function logIn(name: string): Promise<string> {
    const answer = await fetch(`${server.fhir}/login`, { method: 'POST', headers: basic(name, 'correct horse') });
    return ((await answer.json()) as { readonly access_token: string }).access_token;
  }

  async function ask(as: string | undefined, body: object) {
    const token = as === undefined ? undefined : (tokens.get(as) ?? as);
    const answer = await fetch(`${server.oauth}/launches`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, string>> };
  }

  it('prepares a launch that the app is opened with, and that gives its token the patient', async () => {
    const { status, body } = await ask('admin', { client, patient: 'p2', needPatientBanner: true });
    expect(status).toBe(201);
    const url = new URL(body['url'] ?? '');
    expect(Object.fromEntries(url.searchParams)).toEqual({ from: 'ehr', iss: server.fhir, launch: body['launch'] });
    const scope = 'launch patient/Patient.rs';
    const found = await authorize(server, client, { scope, launch: body['launch'] });
    const answer = await exchange(server, client, found);
    expect(answer.body).toMatchObject({ patient: 'p2', need_patient_banner: true });
  });

  it('lets users prepare launches for themselves, and only administrators for others', async () => {
    expect((await ask('doctor', { client, patient: 'p2' })).status).toBe(201);
    expect((await ask('admin', { client, user: 'doctor', patient: 'p2' })).status).toBe(201);
    const { status, body } = await ask('pat', { client, user: 'doctor', patient: 'p1' });
    expect(status).toBe(403);
    expect(body['error_description']).toContain('administrator-needed');
  });

  it.each([
    ['a patient whom the user may not see', 'pat', { patient: 'p2' }, 'no Patient/p2 that the user and you may see'],
    ['an unknown patient', 'pat', { patient: 'p3' }, 'no Patient/p3 that the user and you may see'],
    ['an encounter of nobody', 'doctor', { encounter: 'e1' }, 'needs the patient'],
    ['an unknown member', 'doctor', { patinet: 'p1' }, 'patinet'],
    ['an empty role', 'doctor', { fhirContext: [{ reference: 'Task/t1', role: '' }] }, 'never empty'],
    ['a patient as fhirContext', 'doctor', { fhirContext: [{ reference: 'Patient/p1' }] }, 'does not repeat'],
  ])('refuses %s', async (_what, as, context, text) => {
    const { status, body } = await ask(as, { client, ...context });
    expect(status).toBe(400);
    expect(body['error_description']).toContain(text);
  });

  it('refuses an app that may not be launched, and one that is not registered', async () => {
    expect((await ask('doctor', { client: other })).body['error_description']).toContain('may not be launched');
    expect((await ask('doctor', { client: 'nobody' })).status).toBe(400);
  });

  it('takes no token of an app, and nobody without a token', async () => {
    const found = await authorize(server, client, { scope: 'user/*.cruds' });
    const { body } = await exchange(server, client, found);
    const refused = await ask(body.access_token, { client, patient: 'p1' });
    expect(refused.status).toBe(403);
    expect((await ask(undefined, { client })).status).toBe(401);
  });
});
