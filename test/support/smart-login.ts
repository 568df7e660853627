import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LocalAccounts, type NewAccount } from '../../src/auth/accounts/local-accounts.js';
import { OauthClientStore } from '../../src/oauth2/clients/oauth-client-store.js';
import { readClient } from '../../src/oauth2/clients/read-client.js';
import { type Answer, startServer, type TestServer } from './server.js';
import { freePort } from './free-port.js';

export const smartPassword = 'correct horse battery';

/** A server that really listens, where browsers and apps see it, and an app that waits for its code. */
export interface LoginServer {
  readonly server: TestServer;
  readonly url: string;
  readonly issuer: string;
  readonly fhirBase: string;
  /** The redirect address of {@link registerApp}; its page says "Welcome back". */
  readonly appUrl: string;
  /** The queries that the app's redirect address was called with. */
  readonly arrivals: URLSearchParams[];
  close(): Promise<void>;
}

/** `path`: of PUBLIC_URL, as a proxy would add it. */
export async function startLoginServer(
  variables: Readonly<Record<string, string>> = {},
  path = '',
): Promise<LoginServer> {
  const port = await freePort();
  const url = `http://localhost:${port}${path}`;
  const server = await startServer({ PORT: String(port), PUBLIC_URL: url, ...variables });
  await server.app.listen(port, 'localhost');
  const arrivals: URLSearchParams[] = [];
  const app = await startApp(arrivals);
  return {
    server,
    url,
    issuer: `${url}/oauth2`,
    fhirBase: `${url}/fhir/r4`,
    appUrl: `http://127.0.0.1:${(app.address() as AddressInfo).port}/callback`,
    arrivals,
    close: async () => {
      await new Promise((resolve) => app.close(resolve));
      await server.close();
    },
  };
}

/** Sends the browser on to another host once more, as many apps do: no policy of the login may forbid that. */
function startApp(arrivals: URLSearchParams[]): Promise<Server> {
  const app = createServer(({ url = '/', headers }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://app');
    if (pathname === '/callback') {
      arrivals.push(searchParams);
      const port = headers.host?.split(':')[1] ?? '';
      response.writeHead(302, { location: `http://localhost:${port}/home` }).end();
      return;
    }
    response.writeHead(pathname === '/home' ? 200 : 404, { 'content-type': 'text/html' });
    response.end(
      '<!doctype html><html lang="en"><title>App</title><link rel="icon" href="data:,"><h1>Welcome back</h1></html>',
    );
  });
  return new Promise((resolve) => app.listen(0, () => resolve(app)));
}

export const accountsOf = ({ server }: LoginServer): LocalAccounts => server.app.get(LocalAccounts);

export async function addUser(login: LoginServer, user: Omit<NewAccount, 'password'>): Promise<void> {
  await accountsOf(login).create({ password: smartPassword, ...user });
}

/** A public app with that ceiling of scopes; returns its id. */
export async function registerApp(login: LoginServer, name: string, scope: string): Promise<string> {
  const form = { name, kind: 'public', redirectUris: [login.appUrl], scopes: scope };
  const { client } = await login.server.app.get(OauthClientStore).create(readClient(form), { createdBy: 'admin' });
  return client.id;
}

/** The part of an app in a login: the address it sends the browser to, and the exchange of the code. */
export class AppLogin {
  private readonly verifier = randomBytes(32).toString('base64url');
  readonly state = randomBytes(16).toString('base64url');

  constructor(
    private readonly login: LoginServer,
    private readonly clientId: string,
  ) {}

  address(scope: string, more: Readonly<Record<string, string>> = {}): string {
    const parameters = new URLSearchParams({
      response_type: 'code',
      client_id: this.clientId,
      redirect_uri: this.login.appUrl,
      scope,
      state: this.state,
      aud: this.login.fhirBase,
      code_challenge: createHash('sha256').update(this.verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...more,
    });
    return `${this.login.issuer}/authorize?${parameters.toString()}`;
  }

  /** The token response for the code that came with `arrival`. */
  async redeem(
    arrival: URLSearchParams | undefined,
    redirectUri = this.login.appUrl,
  ): Promise<Readonly<Record<string, unknown>>> {
    const form = new URLSearchParams({
      grant_type: 'authorization_code',
      code: arrival?.get('code') ?? '',
      redirect_uri: redirectUri,
      client_id: this.clientId,
      code_verifier: this.verifier,
    });
    const answer = await fetch(`${this.login.issuer}/token`, { method: 'POST', body: form });
    return (await answer.json()) as Readonly<Record<string, unknown>>;
  }
}

/** As the admin: stores resources, in their order. */
export async function store(login: LoginServer, ...resources: readonly object[]): Promise<void> {
  const token = login.server.token('system/*.cruds', { sub: 'loader', client_id: 'loader', aud: login.fhirBase });
  const entry = resources.map((resource) => {
    const { resourceType, id } = resource as { readonly resourceType: string; readonly id: string };
    return { resource, request: { method: 'PUT', url: `${resourceType}/${id}` } };
  });
  const body = { resourceType: 'Bundle', type: 'transaction', entry };
  const answer: Answer = await login.server.call('POST', '', { token, body });
  if (answer.status !== 200) throw new Error(answer.text);
}
