import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DataSource } from 'typeorm';
import { earlyAnswers } from '../app/http/early-answers.js';
import { followHolders } from '../app/start/follow-holders.js';
import { Listener } from '../app/http/listen.js';
import { type Extension, migrationsOf, settingsOf } from '../app/extensions/extension.js';
import { extensionOf } from '../app/extensions/read-setup.js';
import { entities, migrationsWith } from '../app/start/schema.js';
import { createApp } from '../app/setup.js';
import { AppConfig } from '../config/app-config.js';
import { wearBelt } from '../database/belt/wear-belt.js';
import { createDataSource } from '../database/data-source.js';
import type { Holders } from '../database/distribution/holders.js';
import { migrate } from '../database/migrations/migrate.js';
import type { FeatureModule } from '../fhir/feature-module.js';
import type { Answer } from './answer.js';
import { TestIssuer } from './issuer.js';
import { copyDatabase, sharedPostgres, type TestDatabase } from './postgres.js';
import { aBundle, putting, type Resource } from './resources.js';
import { type CallOptions, TestClient } from './test-client.js';

/** Options of a server for tests. */
export interface TestServerOptions {
  /** Modules of extensions, as `EXTENSIONS` loads them. */
  readonly features?: readonly FeatureModule[];
  /** Settings by their names (docs/settings.md), on top of those of a test server. */
  readonly settings?: Readonly<Record<string, string>>;
  /** A migrated database, which `close` drops; a new one unless given. */
  readonly database?: TestDatabase;
  /** False: requests are injected alone, nothing listens, and links begin with `http://localhost:3000`. */
  readonly http?: boolean;
}

/** Claims of a token. */
export type Claims = Readonly<Record<string, unknown>>;

/** Claims of the token of a caller (SMART App Launch 2.2). */
export interface TestUser {
  readonly scope: string;
  /** Launch context: the id of a Patient. */
  readonly patient?: string;
  /** Who the user is, such as `Practitioner/dr1`. */
  readonly fhirUser?: string;
  /** Any other claim, or another value for a usual one. */
  readonly claims?: Claims;
}

/** Parts of a request beside method and path. */
export interface RequestOptions extends CallOptions {
  /** A token; none: no Authorization header. */
  readonly token?: string;
}

const unlimited = 'system/*.cruds';

/** The whole server with extensions, on a database of its own, with an issuer that it trusts. */
export interface TestServer {
  readonly app: NestFastifyApplication;
  readonly issuer: TestIssuer;
  readonly database: TestDatabase;
  /** The FHIR base, as links in answers have it. */
  readonly base: string;
  /** A client of a user; without `fhirUser`, one of whom no more is known. */
  asUser(user: TestUser): TestClient;
  /** A client of a patient who uses an app on the own record. */
  asPatient(id: string, scope: string, claims?: Claims): TestClient;
  /** A client of a backend service (SMART Backend Services); without a scope it may do everything. */
  asService(scope?: string, claims?: Claims): TestClient;
  /** Stores resources under their ids, in one transaction; throws if that is refused. */
  store(...resources: readonly Resource[]): Promise<void>;
  /** A token of the issuer: of a user unless `claims` say otherwise. */
  token(scope: string, claims?: Claims): string;
  /** Any request, injected into the application. `path` is below the FHIR base unless it starts with a slash. */
  call(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** Stops the server and drops its database. */
  close(): Promise<void>;
}

/** Starts a server for tests. The first one of a process takes some seconds, others about one. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { features = [], settings = {}, http = true } = options;
  const database = options.database ?? (await copyDatabase(await sharedPostgres()));
  const listener = http ? await listen() : undefined;
  const given = { ...addressOf(listener), ...settings };
  const base = baseOf(given);
  const issuer = await TestIssuer.start(base);
  let dataSource: DataSource | undefined;
  let holders: Holders | undefined;
  const close = async (app?: NestFastifyApplication): Promise<void> => {
    await listener?.close(1000);
    await app?.close();
    await holders?.close();
    if (dataSource?.isInitialized) await dataSource.destroy();
    await issuer.close();
    await database.drop();
  };
  try {
    const extensions = await Promise.all(features.map(extensionOf));
    const config = new AppConfig({ ...settingsFor(database, issuer), ...given }, settingsOf(extensions));
    dataSource = await openDatabase(database, extensions);
    holders = await followHolders(config, dataSource);
    const app = await createApp(config, dataSource, extensions, { ...(listener && { listener }) });
    listener?.open();
    return serverOf({ app, issuer, database, base }, () => close(app));
  } catch (error) {
    await close();
    throw error;
  }
}

/** The template has the schema of the server; extensions may have migrations of their own. */
async function openDatabase({ url }: TestDatabase, extensions: readonly Extension[]): Promise<DataSource> {
  const dataSource = await createDataSource(url, migrationsWith(extensions), entities).initialize();
  if (migrationsOf(extensions).length > 0) await migrate(dataSource);
  await wearBelt(dataSource);
  return dataSource;
}

const addressOf = (listener: Listener | undefined) => (listener === undefined ? {} : { PUBLIC_URL: listener.url });

const baseOf = ({ PORT = '3000', PUBLIC_URL = `http://localhost:${PORT}` }: Readonly<Record<string, string>>): string =>
  `${PUBLIC_URL.replace(/\/+$/, '')}/fhir/r4`;

type Parts = Pick<TestServer, 'app' | 'issuer' | 'database' | 'base'>;

function serverOf(parts: Parts, close: () => Promise<void>): TestServer {
  const { app, issuer } = parts;
  const call = (method: string, path: string, options?: RequestOptions) => inject(app, method, path, options);
  const clientOf = (claims: Claims) => new TestClient(call, issuer.token(claims));
  const asService: TestServer['asService'] = (scope = unlimited, claims = {}) =>
    clientOf({ scope, sub: 'service-1', client_id: 'service-1', ...claims });
  return {
    ...parts,
    asUser: ({ scope, patient, fhirUser, claims = {} }) =>
      clientOf({ scope, ...(patient && { patient }), ...(fhirUser && { fhirUser }), ...claims }),
    asPatient: (id, scope, claims = {}) =>
      clientOf({ scope, sub: `patient-${id}`, patient: id, fhirUser: `Patient/${id}`, ...claims }),
    asService,
    async store(...resources) {
      const body = aBundle('transaction', ...resources.map(putting));
      const { status, text } = await asService().call('POST', '', { body });
      if (status !== 200) throw new Error(`The server did not store what the test needs: ${status} ${text}`);
    },
    token: (scope, claims = {}) => issuer.token({ scope, ...claims }),
    call,
    close,
  };
}

async function inject(
  app: NestFastifyApplication,
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<Answer> {
  const { body } = options;
  const answer = await app.inject({
    method: method as never,
    url: path.startsWith('/') ? path : `/fhir/r4/${path}`.replace(/\/$/, ''),
    headers: headersOf(options),
    ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const isJson = /\bjson|\+json/.test(String(answer.headers['content-type'])) && answer.payload !== '';
  return {
    status: answer.statusCode,
    headers: answer.headers as Answer['headers'],
    text: answer.payload,
    body: isJson ? JSON.parse(answer.payload) : {},
  };
}

/** On any port that is free; before anything else, since PUBLIC_URL has the port. */
async function listen(): Promise<Listener> {
  const listener = new Listener(earlyAnswers(new AppConfig({})));
  await listener.listen({ port: 0, host: '127.0.0.1' });
  return listener;
}

function settingsFor({ url }: TestDatabase, issuer: TestIssuer): Readonly<Record<string, string>> {
  const claims = {
    clearance: 'clearance',
    breakGlass: 'break_glass',
    consentExempt: 'consent_exempt',
    ownIds: 'own_ids',
    purposeOfUse: 'purpose_of_use',
  };
  const trusted = [{ issuer: issuer.url, userWithoutFhirUser: 'allow', adminScopes: 'allow', claims }];
  return {
    DATABASE_URL: url,
    LOG_LEVEL: 'error',
    // A machine that is busy with other tests turns nobody away.
    EVENT_LOOP_DELAY: '0',
    // Tests fail to authenticate faster than anybody.
    AUTH_FAILURE_RATE: '0',
    SIGN_IN_RATE: '0',
    TRUSTED_ISSUERS: JSON.stringify(trusted),
  };
}

const headersOf = ({ token, body, headers = {} }: RequestOptions) => ({
  ...(token !== undefined && { authorization: `Bearer ${token}` }),
  ...(body !== undefined && { 'content-type': 'application/fhir+json' }),
  ...headers,
});
