import { expect } from 'vitest';
import { request as send } from 'node:http';
import { type RunningLanyard, startLanyard } from '../../src/index.js';
import { cheapPasswords } from './cheap-passwords.js';
import { rowsOf } from './connection.js';
import { type FreshDatabase, freshDatabase } from './postgres.js';
import { adminPassword } from './server.js';
import { freePort } from './free-port.js';

/** An answer over HTTP, as it came. */
export interface TenantAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- what is expected of it says what it is
  readonly body: any;
}

/** The answer to a login. */
export interface Login {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly scope: string;
}

export interface TenantCall {
  readonly token?: string;
  readonly body?: object | URLSearchParams;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One tenant of a server, as a client sees it. */
export class TestTenant {
  constructor(
    readonly name: string,
    /** Below which its addresses are. */
    readonly url: string,
  ) {}

  get fhirBase(): string {
    return `${this.url}/fhir/r4`;
  }

  get issuer(): string {
    return `${this.url}/oauth2`;
  }

  /** `path` is below the FHIR base unless it starts with a slash, which is below the address of the tenant. */
  async call(method: string, path: string, { token, body, headers = {} }: TenantCall = {}): Promise<TenantAnswer> {
    const place = path.startsWith('/') ? path : `/fhir/r4/${path}`;
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    if (!body || body instanceof URLSearchParams)
      return request(method, this.url + place, { headers: { ...authorization, ...headers }, ...(body && { body }) });
    const type = path.startsWith('/') || path === 'login' ? 'application/json' : 'application/fhir+json';
    return request(method, this.url + place, {
      headers: { 'content-type': type, ...authorization, ...headers },
      body: JSON.stringify(body),
    });
  }

  /** The answer to a login; throws unless it succeeds. */
  async logIn(user = 'admin', password = adminPassword): Promise<Login> {
    const answer = await this.call('POST', 'login', { body: { user, password } });
    if (answer.status !== 200) throw new Error(`Login of ${user} at ${this.name}: ${answer.text}`);
    return answer.body as Login;
  }
}

export async function request(method: string, url: string, options: RequestInit = {}): Promise<TenantAnswer> {
  const isHosts = new URL(url).hostname.endsWith('.localhost');
  const answer = isHosts ? await hostRequest(method, url, options) : await fetched(method, url, options);
  const isJson = answer.headers.get('content-type')?.includes('json') === true && answer.text !== '';
  return { ...answer, body: isJson ? JSON.parse(answer.text) : undefined };
}

type Received = Omit<TenantAnswer, 'body'>;

async function fetched(method: string, url: string, options: RequestInit): Promise<Received> {
  const answer = await fetch(url, { method, redirect: 'manual', ...options });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

/** Hosts below `localhost` have no address everywhere, and `fetch` sends no other Host. */
export function hostRequest(method: string, url: string, { headers, body }: RequestInit = {}): Promise<Received> {
  const { port, pathname, search, host } = new URL(url);
  const form = body instanceof URLSearchParams ? { 'content-type': 'application/x-www-form-urlencoded' } : {};
  return new Promise((resolve, reject) => {
    const sent = send(
      { host: 'localhost', port, path: pathname + search, method, headers: { host, ...form, ...(headers as object) } },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          const lines = Object.entries(answer.headers).flatMap(([name, value]) =>
            [value].flat().map((one) => [name, String(one)] as [string, string]),
          );
          resolve({
            status: answer.statusCode ?? 0,
            headers: new Headers(lines),
            text: Buffer.concat(chunks).toString('utf8'),
          });
        });
      },
    );
    sent.on('error', reject);
    // oxlint-disable-next-line typescript/no-base-to-string -- texts and forms are all that tests send
    sent.end(body === undefined || body === null ? undefined : String(body));
  });
}

export interface TenantsServer {
  readonly lanyard: RunningLanyard;
  readonly database: FreshDatabase;
  readonly url: string;
  /** The one that was there before, and its operator's token. */
  readonly own: TestTenant;
  readonly operator: string;
  /** Makes a tenant whose administrator is `admin`; answers by it when it is known. */
  create(name: string): Promise<TestTenant>;
  /** Makes several, and waits once for what a server hears by its next look. */
  createAll(names: readonly string[]): Promise<readonly TestTenant[]>;
  /** Of one that is there. */
  tenant(name: string): TestTenant;
  close(): Promise<void>;
}

/** The administrator of the first tenant operates the server. */
const operators = `UPDATE user_account SET grants = grants || ' operator/*.cruds' WHERE tenant = 1 AND name = 'admin'`;

/** A server with TENANTS=path, or with hosts where the variables say so, that really listens, where its links lead to. It drops its database. */
export async function startTenants(
  variables: Readonly<Record<string, string>> = {},
  given?: FreshDatabase,
): Promise<TenantsServer> {
  const database = given ?? (await freshDatabase());
  const port = await freePort();
  const realPasswords = cheapPasswords();
  const { TENANTS: mode = process.env['TENANTS'] ?? 'path' } = variables;
  const url = mode === 'host' ? `http://fhir.localhost:${port}` : `http://localhost:${port}`;
  const lanyard = await startLanyard({
    environment: {
      DATABASE_URL: database.url,
      ADMIN_PASSWORD: adminPassword,
      // A machine that is busy with other tests turns nobody away.
      EVENT_LOOP_DELAY: '0',
      HOST: 'localhost',
      LOG_LEVEL: 'silent',
      LOGIN: 'on',
      PORT: String(port),
      PUBLIC_URL: mode === 'host' ? url.replace('//', '//{tenant}.') : url,
      TENANTS: mode,
      ...(process.env['DATABASE_NODES'] && { DATABASE_NODES: process.env['DATABASE_NODES'] }),
      ...variables,
    },
  });
  await rowsOf(database.connection, operators);
  const own = new TestTenant('default', url);
  const { access_token: operator } = await own.logIn();
  const tenant = (name: string): TestTenant =>
    new TestTenant(name, mode === 'host' ? url.replace('//', `//${name}.`) : `${url}/t/${name}`);
  const createAll = async (names: readonly string[]): Promise<readonly TestTenant[]> => {
    for (const name of names) await addTenant(own, operator, name);
    const made = names.map(tenant);
    for (const one of made) await until(async () => (await one.call('GET', 'metadata')).status === 200);
    return made;
  };
  return {
    lanyard,
    database,
    url,
    own,
    operator,
    tenant,
    create: async (name) => (await createAll([name]))[0]!,
    createAll,
    async close() {
      await lanyard.close();
      realPasswords();
      await database.drop();
    },
  };
}

async function addTenant(own: TestTenant, operator: string, name: string): Promise<void> {
  const body = { name, administrator: 'admin', password: adminPassword };
  const { status, text } = await own.call('POST', '/admin/tenants', { token: operator, body });
  if (status !== 201) throw new Error(text);
}

/** Waits until it is true, 20 s at most. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect.fail('It did not become true within 20 s.');
}
