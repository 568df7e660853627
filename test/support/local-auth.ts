import { Global, Module, type DynamicModule, type OnApplicationShutdown, type Type } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { DataSource } from 'typeorm';
import { LocalAccounts } from '../../src/auth/accounts/local-accounts.js';
import { LocalAuthModule } from '../../src/auth/accounts/local-auth.module.js';
import type { LocalAuthOptions } from '../../src/auth/accounts/local-auth.options.js';
import { Passwords } from '../../src/auth/login/password.js';
import { authEntities } from '../../src/auth/storage/auth-entities.js';
import { databaseEntities } from '../../src/database/database-entities.js';
import { createDataSource } from '../../src/database/data-source.js';
import type { FreshDatabase } from './postgres.js';

export const fhirBase = 'https://fhir.example/fhir/r4';

export const localAuthOptions: LocalAuthOptions = {
  fhirBase,
  basePath: '/fhir/r4',
  issuer: 'https://fhir.example/oauth2',
  realm: 'fhir',
  tokenTtl: 3600,
  refreshTtl: 43_200,
  clockSkewSeconds: 60,
  loginEnabled: true,
  scopeWithin: (asked, granted) => asked === 'user/Patient.r' && granted === 'user/*.cruds',
};

/** Counts the expensive part of a login, which is what an attacker could time, and makes it cheap. */
export class CountedPasswords extends Passwords {
  checks = 0;

  protected override derive(password: string, salt: Buffer): Promise<Buffer> {
    this.checks++;
    return super.derive(password, salt, { logN: 4, r: 1, p: 1 });
  }
}

/** One server process's worth of local accounts, and nothing else. */
export interface LocalAuthServer {
  readonly dataSource: DataSource;
  readonly passwords: CountedPasswords;
  get<T>(type: Type<T> | symbol): T;
  post(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  request(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH',
    path: string,
    headers?: Readonly<Record<string, string>>,
    payload?: string,
  ): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
}

export async function startLocalAuth(
  database: FreshDatabase,
  changes: Partial<LocalAuthOptions> = {},
  imports: readonly DynamicModule[] = [],
): Promise<LocalAuthServer> {
  const dataSource = createDataSource(database.connection, [], [...databaseEntities, ...authEntities]);
  await dataSource.initialize();
  const passwords = new CountedPasswords();
  const builder = Test.createTestingModule({
    imports: [DatabaseModule.of(dataSource), LocalAuthModule.forRoot({ ...localAuthOptions, ...changes }), ...imports],
  });
  const testing = await builder.overrideProvider(Passwords).useValue(passwords).compile();
  const app = testing.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
  try {
    await app.init();
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
  const request: LocalAuthServer['request'] = async (method, url, headers = {}, payload) => {
    const answer = await app.inject({ method, url, headers, ...(payload !== undefined && { payload }) });
    return { status: answer.statusCode, headers: answer.headers, body: parse(answer.payload) };
  };
  return {
    dataSource,
    passwords,
    get: (type) => app.get(type),
    request,
    post: (path, body, headers = {}) =>
      body === undefined
        ? request('POST', path, headers)
        : request('POST', path, { 'content-type': 'application/json', ...headers }, JSON.stringify(body)),
    close: () => app.close(),
  };
}

export const basic = (user: string, password: string): Readonly<Record<string, string>> => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

export const bearer = (token: unknown): Readonly<Record<string, string>> => ({
  authorization: `Bearer ${String(token)}`,
});

/** A user with a name of its own, so that tests do not share failure counts. */
export async function aUser(
  server: LocalAuthServer,
  changes: { grants?: string; fhirUser?: string } = {},
): Promise<string> {
  const name = `user-${crypto.randomUUID()}`;
  await server.get(LocalAccounts).create({ name, password: accountPassword, grants: 'user/*.cruds', ...changes });
  return name;
}

export const accountPassword = 'cörrect: horse';

const parse = (text: string): Readonly<Record<string, unknown>> =>
  text === '' ? {} : (JSON.parse(text) as Readonly<Record<string, unknown>>);

@Global()
@Module({})
class DatabaseModule implements OnApplicationShutdown {
  constructor(private readonly dataSource: DataSource) {}

  static of(dataSource: DataSource): DynamicModule {
    return {
      module: DatabaseModule,
      providers: [{ provide: DataSource, useValue: dataSource }],
      exports: [DataSource],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.dataSource.destroy();
  }
}
