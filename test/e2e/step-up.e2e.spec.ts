/** A 403 for an app of the embedded issuer carries the way to the missing scope (SMART App Launch 2.2, authorization request). */
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Browser } from '../support/browser.js';
import {
  authorize,
  createUser,
  exchange,
  type OauthServer,
  registerClient,
  startOauthServer,
  store,
} from '../support/oauth-server.js';

let server: OauthServer;
beforeAll(async () => {
  server = await startOauthServer();
  await store(server, { resourceType: 'Patient', id: 'p1' });
});
afterAll(() => server.close());

interface Outcome {
  readonly issue: readonly [
    { readonly diagnostics: string; readonly extension?: readonly { readonly valueUrl: string }[] },
  ];
}

const extension = (body: Outcome): string | undefined => body.issue[0].extension?.[0]?.valueUrl;

async function ask(path: string, token: string) {
  const answer = await fetch(`${server.fhir}/${path}`, {
    headers: { authorization: `Bearer ${token}`, origin: 'https://app.example' },
  });
  const body = (await answer.json()) as Outcome;
  return { status: answer.status, headers: answer.headers, body };
}

async function tokenFor(client: string, scope: string, login_hint?: string): Promise<string> {
  return (await exchange(server, client, await authorize(server, client, { scope, login_hint }))).body.access_token;
}

it('is ready: with state and code_challenge added, the flow gives a token that works', async () => {
  const { client } = await registerClient(server);
  const token = await tokenFor(client.id, 'openid user/Observation.rs');
  const refused = await ask('Patient/p1', token);
  expect(refused.status).toBe(403);
  const url = new URL(extension(refused.body)!);
  expect(Object.fromEntries(url.searchParams)).toEqual({
    response_type: 'code',
    client_id: client.id,
    redirect_uri: 'https://app.example/callback',
    scope: 'openid user/Observation.rs user/Patient.r',
    aud: server.fhir,
  });
  expect(refused.headers.get('link')).toBe(`<${url.href}>; rel="${server.fhir}/StructureDefinition/step-up"`);
  expect(refused.headers.get('access-control-expose-headers')).toContain('Link');
  expect(refused.body.issue[0].diagnostics).toContain('state and code_challenge');

  const verifier = randomBytes(32).toString('base64url');
  url.searchParams.set('state', 'again');
  url.searchParams.set('code_challenge', createHash('sha256').update(verifier).digest('base64url'));
  url.searchParams.set('code_challenge_method', 'S256');
  const end = await new Browser().follow(url.href, server.url);
  const answer = new URL(end.location!).searchParams;
  const better = await exchange(server, client.id, { answer, verifier });
  expect((await ask('Patient/p1', better.body.access_token)).status).toBe(200);
});

it('is not offered where the client may not ask for the scope, or another reason would stand', async () => {
  const { client } = await registerClient(server, {
    scopes: ['openid', 'fhirUser', 'user/Observation.rs', 'launch/patient', 'patient/*.rs'],
  });
  const narrow = await tokenFor(client.id, 'user/Observation.rs');
  expect(extension((await ask('Patient/p1', narrow)).body)).toBeUndefined();
  const ofOne = await tokenFor(client.id, 'launch/patient patient/*.rs');
  const mismatch = await ask('Patient/somebody-else', ofOne);
  expect([mismatch.status, extension(mismatch.body), mismatch.headers.get('link')]).toEqual([403, undefined, null]);
});

it('is for users of this issuer only', async () => {
  const machine = server.token('system/Observation.rs', { sub: 'robot', client_id: 'robot' });
  expect(extension((await ask('Patient/p1', machine)).body)).toBeUndefined();
  const { access_token: login } = (await (
    await fetch(`${server.fhir}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: 'admin', password: 'test-admin-password', scope: 'user/Observation.rs' }),
    })
  ).json()) as { access_token: string };
  const refused = await ask('Patient/p1', login);
  expect([refused.status, extension(refused.body)]).toEqual([403, undefined]);
});

it('says that the account lacks the right, where a new token would be refused again', async () => {
  const { client } = await registerClient(server);
  await createUser(server, { name: 'narrow', grants: 'user/Observation.rs' });
  const token = await tokenFor(client.id, 'openid user/Observation.rs', 'narrow');
  const refused = await ask('Patient/p1', token);
  expect([refused.status, extension(refused.body), refused.headers.get('link')]).toEqual([403, undefined, null]);
  expect(refused.body.issue[0].diagnostics).toContain('The account of the user does not have user/Patient.r');
});

it('leads a patient nowhere for what no scope gives them', async () => {
  const { client } = await registerClient(server);
  await createUser(server, { name: 'ana', grants: 'user/*.cruds', fhirUser: 'Patient/p1' });
  const token = await tokenFor(client.id, 'openid user/Observation.rs', 'ana');
  const refused = await ask('Group', token);
  expect([refused.status, extension(refused.body), refused.headers.get('link')]).toEqual([403, undefined, null]);
  expect(refused.headers.get('www-authenticate')).not.toContain('scope=');
});
