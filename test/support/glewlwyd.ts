import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { newKey } from './issuer.js';
import { freePort } from './free-port.js';

type Json = Readonly<Record<string, unknown>>;

const program = '/usr/bin/glewlwyd';
const tables = '/usr/share/doc/glewlwyd/database/init.sqlite3.sql.gz';
const sqlite = '/usr/bin/sqlite3';

/** Why the tests with a foreign server cannot run here; undefined when they can. */
export const whyNoGlewlwyd = [program, tables, sqlite].some((path) => !existsSync(path))
  ? 'Skipped, for there is no foreign server: apt-get install glewlwyd sqlite3'
  : undefined;
if (whyNoGlewlwyd !== undefined) process.stderr.write(`${whyNoGlewlwyd}\n`);

export interface GlewlwydClient {
  readonly id: string;
  readonly secret: string;
  readonly redirectUris: readonly string[];
  readonly scopes: readonly string[];
}

/** A foreign OpenID provider that nobody here wrote: Debian's glewlwyd, on loopback, with a database of its own. */
export class Glewlwyd {
  private admin = '';

  private constructor(
    private readonly process: ChildProcess,
    private readonly folder: string,
    readonly url: string,
  ) {}

  get issuer(): string {
    return `${this.url}/api/oidc`;
  }

  /** `resources`: which audiences tokens of a scope may have (RFC 8707). */
  static async start(resources: Readonly<Record<string, readonly string[]>>): Promise<Glewlwyd> {
    const folder = mkdtempSync(join(tmpdir(), 'lanyard-glewlwyd-'));
    const database = join(folder, 'glewlwyd.db');
    execFileSync(sqlite, [database], { input: gunzipSync(readFileSync(tables)), stdio: ['pipe', 'ignore', 'inherit'] });
    const port = await freePort();
    const configuration = join(folder, 'glewlwyd.conf');
    writeFileSync(configuration, settings(folder, port, database));
    const child = spawn(program, [`--config-file=${configuration}`], { stdio: 'ignore' });
    const server = new Glewlwyd(child, folder, `http://127.0.0.1:${port}`);
    try {
      await server.setUp(resources);
      return server;
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    if (this.process.exitCode === null && this.process.kill('SIGTERM')) await Promise.race([gone, delay(5_000)]);
    if (this.process.exitCode === null) this.process.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  async addUser(username: string, password: string, properties: Json): Promise<void> {
    await this.call('POST', '/api/user/', { username, password, enabled: true, ...properties });
  }

  async addClient({ id, secret, redirectUris, scopes }: GlewlwydClient): Promise<void> {
    await this.call('POST', '/api/client/', {
      client_id: id,
      name: id,
      enabled: true,
      confidential: true,
      password: secret,
      client_secret: secret,
      token_endpoint_auth_method: ['client_secret_basic'],
      redirect_uri: redirectUris,
      authorization_type: ['code', 'refresh_token', 'client_credentials'],
      scope: scopes,
    });
  }

  /** Does what a user does on the pages of the provider: logs in, agrees, and is sent back to this address. */
  async logIn(authorization: URL, username: string, password: string): Promise<URL> {
    const session = await this.openSession(username, password);
    const asked = authorization.searchParams;
    const granted = { scope: asked.get('scope') };
    await this.call('PUT', `/api/auth/grant/${asked.get('client_id')}`, granted, session);
    const address = new URL(authorization);
    address.searchParams.set('g_continue', '');
    const answer = await fetch(address, { redirect: 'manual', headers: { cookie: session } });
    return new URL(answer.headers.get('location') ?? '', address);
  }

  private async setUp(resources: Readonly<Record<string, readonly string[]>>): Promise<void> {
    await this.waitUntilReady();
    this.admin = await this.openSession('admin', 'password');
    const property = { multiple: false, read: true, write: true, 'profile-read': true, 'profile-write': false };
    await this.call('PUT', '/api/mod/user/database', {
      display_name: 'Users',
      parameters: {
        'use-glewlwyd-connection': true,
        'data-format': { fhirUser: property, groups: { ...property, multiple: true } },
      },
      order_rank: 0,
      readonly: false,
    });
    await this.call('PUT', '/api/mod/user/database/reset', undefined);
    for (const name of ['openid', 'profile', ...Object.keys(resources)]) await this.addScope(name);
    await this.call('POST', '/api/mod/plugin/', {
      module: 'oidc',
      name: 'oidc',
      display_name: 'OpenID Connect',
      order_rank: 0,
      readonly: false,
      parameters: pluginSettings(this.issuer, resources),
    });
  }

  private async addScope(name: string): Promise<void> {
    const answer = await this.request('GET', `/api/scope/${encodeURIComponent(name)}`, undefined, this.admin);
    if (answer.status === 200) return;
    const scope = { name, display_name: name, password_required: true, password_max_age: 0, scheme: {} };
    await this.call('POST', '/api/scope/', scope);
  }

  private async openSession(username: string, password: string): Promise<string> {
    const answer = await this.request('POST', '/api/auth/', { username, password });
    const cookie = answer.headers.getSetCookie()[0]?.split(';')[0];
    if (answer.status !== 200 || cookie === undefined) throw new Error(`glewlwyd login: ${answer.status}`);
    return cookie;
  }

  private async call(method: string, path: string, body: Json | undefined, cookie = this.admin): Promise<void> {
    const answer = await this.request(method, path, body, cookie);
    if (answer.status !== 200) throw new Error(`glewlwyd ${method} ${path}: ${answer.status} ${await answer.text()}`);
  }

  private request(method: string, path: string, body?: Json, cookie = ''): Promise<Response> {
    return fetch(this.url + path, {
      method,
      headers: { ...(body && { 'content-type': 'application/json' }), cookie },
      ...(body && { body: JSON.stringify(body) }),
    });
  }

  private async waitUntilReady(): Promise<void> {
    for (let tries = 0; tries < 100; tries++) {
      if (this.process.exitCode !== null) throw new Error('glewlwyd ended at once');
      const isUp = await fetch(`${this.url}/config`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isUp) return;
      await delay(100);
    }
    throw new Error('glewlwyd does not listen');
  }
}

const settings = (folder: string, port: number, database: string): string => `port=${port}
bind_address="127.0.0.1"
external_url="http://127.0.0.1:${port}"
api_prefix="api"
cookie_domain="127.0.0.1"
cookie_secure=0
log_mode="file"
log_level="WARNING"
log_file="${folder}/glewlwyd.log"
static_files_path="/usr/share/glewlwyd/webapp/"
user_module_path="/usr/lib/glewlwyd/user"
client_module_path="/usr/lib/glewlwyd/client"
user_auth_scheme_module_path="/usr/lib/glewlwyd/scheme"
plugin_module_path="/usr/lib/glewlwyd/plugin"
session_key="GLEWLWYD_TEST_SESSION"
admin_scope="g_admin"
profile_scope="g_profile"
database = { type = "sqlite3" path = "${database}" };
`;

function pluginSettings(iss: string, resources: Readonly<Record<string, readonly string[]>>): Json {
  const { privateKey, kid, alg } = newKey('RS256', 'glewlwyd-1');
  return {
    iss,
    'jwt-type': 'rsa',
    'jwt-key-size': '256',
    'jwks-private': JSON.stringify({ keys: [{ ...privateKey.export({ format: 'jwk' }), kid, alg }] }),
    'default-kid': kid,
    'jwks-show': true,
    'access-token-duration': 3600,
    'refresh-token-duration': 86_400,
    'code-duration': 600,
    'refresh-token-rolling': false,
    'allowed-scope': ['openid', 'profile', ...Object.keys(resources)],
    'allow-non-oidc': true,
    'auth-type-code-enabled': true,
    'auth-type-token-enabled': false,
    'auth-type-id-token-enabled': true,
    'auth-type-password-enabled': false,
    'auth-type-client-enabled': true,
    'auth-type-device-enabled': false,
    'auth-type-refresh-enabled': true,
    'subject-type': 'public',
    'pkce-allowed': true,
    'pkce-method-plain-allowed': false,
    'resource-allowed': true,
    'resource-scope': resources,
    'resource-scope-and-client-property': false,
    'introspection-revocation-allowed': true,
    'introspection-revocation-allow-target-client': true,
    'oauth-as-iss-id': true,
    'additional-parameters': [{ 'user-parameter': 'fhirUser', 'token-parameter': 'fhirUser' }],
    claims: ['fhirUser', 'groups'].map((name) => ({ name, 'user-property': name, type: 'string', mandatory: true })),
  };
}
