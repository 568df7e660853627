import type { DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from '../../src/app/setup.js';
import { entities, migrations } from '../../src/app/schema.js';
import { LocalAccounts } from '../../src/auth/accounts/local-accounts.js';
import { AppConfig } from '../../src/config/app-config.js';
import { createDataSource } from '../../src/database/data-source.js';
import { type FreshDatabase, freshDatabase } from './postgres.js';
import { TestIssuer } from './issuer.js';

export const base = 'http://localhost:3000/fhir/r4';
export const adminPassword = 'test-admin-password';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  /** The body as JSON; an empty object when there is none. */
  // eslint-disable-next-line typescript/no-explicit-any -- tests look into bodies of any shape
  readonly body: any;
}

export interface TestServer {
  readonly app: NestFastifyApplication;
  readonly issuer: TestIssuer;
  readonly database: FreshDatabase;
  /** A Bearer header with a token of the foreign issuer: a user unless `claims` say otherwise. */
  token(scope: string, claims?: Readonly<Record<string, unknown>>): string;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  close(): Promise<void>;
}

export interface CallOptions {
  /** A token; none: no Authorization header. */
  readonly token?: string;
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The whole application on a database of its own or the one given, with a foreign issuer it trusts, and the admin user. */
export async function startServer(
  variables: Readonly<Record<string, string>> = {},
  features: readonly DynamicModule[] = [],
  given?: FreshDatabase,
): Promise<TestServer> {
  const issuer = await TestIssuer.start(base);
  const database = given ?? (await freshDatabase());
  const claimNames = {
    clearance: 'clearance',
    breakGlass: 'break_glass',
    consentExempt: 'consent_exempt',
    ownIds: 'own_ids',
    purposeOfUse: 'purpose_of_use',
  };
  const trusted = [{ issuer: issuer.url, userWithoutFhirUser: 'allow', adminScopes: 'allow', claims: claimNames }];
  const config = new AppConfig({
    DATABASE_URL: database.url,
    LOGIN: 'on',
    LOG_LEVEL: 'error',
    // A machine that is busy with other tests turns nobody away.
    EVENT_LOOP_DELAY: '0',
    // Tests fail to authenticate faster than anybody.
    AUTH_FAILURE_RATE: '0',
    SIGN_IN_RATE: '0',
    TRUSTED_ISSUERS: JSON.stringify(trusted),
    ...variables,
  });
  const dataSource = createDataSource(database.connection, migrations, entities);
  await dataSource.initialize();
  const close = async (): Promise<void> => {
    if (dataSource.isInitialized) await dataSource.destroy();
    await issuer.close();
    await database.drop();
  };
  const app = await createApp(config, dataSource, features).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  if (config.embeddedIssuer) await app.get(LocalAccounts).ensureAdmin('admin', adminPassword);
  return {
    app,
    issuer,
    database,
    token: (scope, claims = {}) => issuer.token({ scope, ...claims }),
    call: (method, path, options) => call(app, method, path, options),
    close: async () => {
      await app.close();
      await close();
    },
  };
}

/** `path` is below the FHIR base unless it starts with a slash. */
async function call(
  app: NestFastifyApplication,
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<Answer> {
  const { body } = options;
  const answer = await app.inject({
    method: method as never,
    url: path.startsWith('/') ? path : `/fhir/r4/${path}`.replace(/\/$/, ''),
    headers: headersOf(options),
    ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const isJson = (answer.headers['content-type'] ?? '').includes('json') && answer.payload !== '';
  return {
    status: answer.statusCode,
    headers: answer.headers as Answer['headers'],
    text: answer.payload,
    body: isJson ? JSON.parse(answer.payload) : {},
  };
}

const headersOf = ({ token, body, headers = {} }: CallOptions): Readonly<Record<string, string>> => ({
  ...(token !== undefined && { authorization: `Bearer ${token}` }),
  ...(body !== undefined && { 'content-type': 'application/fhir+json' }),
  ...headers,
});
