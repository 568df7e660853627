import { createHash, randomBytes } from 'node:crypto';
import { LocalAccounts, type NewAccount } from '../../src/auth/accounts/local-accounts.js';
import type { ClientMetadata } from '../../src/oauth2/clients/client-metadata.js';
import { OauthClientStore, type ClientWithSecret } from '../../src/oauth2/clients/oauth-client-store.js';
import { Browser } from './browser.js';
import { freePort } from './free-port.js';
import type { FreshDatabase } from './postgres.js';
import { adminPassword, startServer, type TestServer } from './server.js';

export const callback = 'https://app.example/callback';

/** A server that listens on loopback, as its own PUBLIC_URL says. */
export interface OauthServer extends TestServer {
  readonly url: string;
  readonly oauth: string;
  readonly fhir: string;
}

export async function startOauthServer(
  variables: Readonly<Record<string, string>> = {},
  given?: FreshDatabase,
): Promise<OauthServer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer({ INTERACTION_AUTOPILOT: 'on', PUBLIC_URL: url, ...variables }, [], given);
  await server.app.listen(port, '127.0.0.1');
  // A replica listens elsewhere than its PUBLIC_URL says.
  return { ...server, url, oauth: `${url}/oauth2`, fhir: `${url}/fhir/r4` };
}

/** A public app with everything that a launch can have, unless `metadata` says otherwise. */
export function registerClient(server: TestServer, metadata: Partial<ClientMetadata> = {}): Promise<ClientWithSecret> {
  return server.app.get(OauthClientStore).create(
    {
      name: 'Test app',
      kind: 'public',
      grantTypes: ['authorization_code', 'refresh_token'],
      redirectUris: [callback],
      scopes: fullScopes.split(' '),
      origins: [],
      contacts: [],
      introspects: false,
      disabled: false,
      ...metadata,
    },
    { createdBy: 'admin' },
  );
}

export const fullScopes =
  'openid fhirUser launch launch/patient launch/encounter offline_access online_access patient/*.rs user/*.cruds';

export function createUser(
  server: TestServer,
  account: Partial<NewAccount> & { readonly name: string },
): Promise<void> {
  return server.app.get(LocalAccounts).create({ password: 'correct horse', grants: 'user/*.cruds', ...account });
}

export interface Authorization {
  /** Parameters of the redirect to the app. */
  readonly answer: URLSearchParams;
  readonly verifier: string;
  readonly browser: Browser;
}

/** A parameter that is undefined is left out; several values of one come as a list. */
export type Parameters = Readonly<Record<string, string | readonly string[] | undefined>>;

export function authorizeUrl(
  { oauth, fhir }: OauthServer,
  client: string,
  parameters: Parameters,
  challenge = '',
): string {
  const all: Parameters = {
    response_type: 'code',
    client_id: client,
    redirect_uri: callback,
    scope: 'launch/patient patient/*.rs',
    state: 'the-state',
    aud: fhir,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...parameters,
  };
  return `${oauth}/authorize?${form(all).toString()}`;
}

/** Sends a browser to the authorization server and brings it back to the app. */
export async function authorize(
  server: OauthServer,
  client: string,
  parameters: Parameters = {},
  browser = new Browser(),
): Promise<Authorization> {
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const end = await browser.follow(authorizeUrl(server, client, parameters, challenge), server.url);
  if (end.location === undefined) throw new Error(`${end.status}: ${end.text}`);
  return { answer: new URL(end.location).searchParams, verifier, browser };
}

export interface TokenAnswer {
  readonly status: number;
  readonly headers: Headers;
  // eslint-disable-next-line typescript/no-explicit-any -- tests look into bodies of any shape
  readonly body: any;
}

export async function post(
  url: string,
  parameters: Parameters,
  headers: Readonly<Record<string, string>> = {},
): Promise<TokenAnswer> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: form(parameters).toString(),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text.startsWith('{') ? JSON.parse(text) : text };
}

export const form = (parameters: Parameters): URLSearchParams =>
  new URLSearchParams(
    Object.entries(parameters).flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).flatMap((one) =>
        one === undefined ? [] : [[name, one as string] as [string, string]],
      ),
    ),
  );

export const basic = (id: string, secret: string): { authorization: string } => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
});

/** Exchanges the code of a public client. */
export function exchange(
  server: OauthServer,
  client: string,
  { answer, verifier }: Pick<Authorization, 'answer' | 'verifier'>,
  parameters: Parameters = {},
): Promise<TokenAnswer> {
  return post(`${server.oauth}/token`, {
    grant_type: 'authorization_code',
    client_id: client,
    code: answer.get('code') ?? 'none',
    redirect_uri: callback,
    code_verifier: verifier,
    ...parameters,
  });
}

export const refresh = (server: OauthServer, client: string, token: string, parameters: Parameters = {}) =>
  post(`${server.oauth}/token`, {
    grant_type: 'refresh_token',
    client_id: client,
    refresh_token: token,
    ...parameters,
  });

/** A read of the data with a token. */
export const read = async (server: OauthServer, address: string, token: string): Promise<number> =>
  (await fetch(`${server.fhir}/${address}`, { headers: { authorization: `Bearer ${token}` } })).status;

/** A token of the administrator's own login. */
export async function adminToken({ fhir }: OauthServer): Promise<string> {
  const answer = await fetch(`${fhir}/login`, { method: 'POST', headers: basic('admin', adminPassword) });
  return ((await answer.json()) as { readonly access_token: string }).access_token;
}

/** Stores a resource with an id of its own. */
export async function store(server: OauthServer, resource: { readonly resourceType: string; readonly id: string }) {
  const answer = await server.call('PUT', `${resource.resourceType}/${resource.id}`, {
    token: await adminToken(server),
    body: resource,
  });
  if (answer.status !== 201) throw new Error(answer.text);
}
