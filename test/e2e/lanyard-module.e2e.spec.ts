// The whole server in an application of somebody else: as a module, and as a function
import type { AddressInfo } from 'node:net';
import { Controller, Get, type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LanyardModule, lanyardAdapter, type RunningLanyard, StartRefused, startLanyard } from '../../src/index.js';
import { Public } from '../../src/auth/index.js';
import { type BeforeWrite, FhirModule, type Hook } from '../../src/fhir/index.js';
import { InvalidRequest } from '../../src/r4/index.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

class NeedsFamily implements Hook {
  readonly name = 'needs-family';
  readonly types = ['Patient'];

  beforeWrite({ resource }: BeforeWrite): undefined {
    if (!('name' in resource)) throw new InvalidRequest({ code: 'required', diagnostics: 'A Patient needs a name.' });
  }
}

@Public()
@Controller('hello')
class HelloController {
  @Get()
  hello() {
    return { hello: 'world' };
  }
}

@Module({
  imports: [FhirModule.forFeature({ name: '@acme/hello', hooks: [NeedsFamily] })],
  controllers: [HelloController],
})
class HelloModule {}

interface Started {
  readonly url: string;
  close(): Promise<unknown>;
}

const environmentOf = ({ url }: FreshDatabase) => ({
  DATABASE_URL: url,
  ADMIN_PASSWORD: 'test-admin-password',
  LOGIN: 'on',
  LOG_LEVEL: 'silent',
  EVENT_LOOP_DELAY: '0',
  HOST: '127.0.0.1',
  PORT: '0',
  PUBLIC_URL: 'http://localhost:3000',
});

async function asModule(environment: Readonly<Record<string, string>>): Promise<Started> {
  const server = LanyardModule.forRoot({ environment, features: [HelloModule] });
  const options = { bodyParser: false, logger: false, abortOnError: false } as const;
  const app = await NestFactory.create(server, lanyardAdapter(environment), options);
  await app.listen(0, '127.0.0.1');
  return { url: urlOf(app), close: () => app.close() };
}

const urlOf = (app: INestApplication): string =>
  `http://127.0.0.1:${(app.getHttpServer() as { address(): AddressInfo }).address().port}`;

const asFunction = (environment: Readonly<Record<string, string>>): Promise<RunningLanyard> =>
  startLanyard({ environment, features: [HelloModule] });

describe.each([
  ['as a module', asModule],
  ['as a function', asFunction],
] as const)('the server %s', (_, start) => {
  let database: FreshDatabase;
  let server: Started;

  beforeAll(async () => {
    database = await freshDatabase('empty');
    server = await start(environmentOf(database));
  });
  afterAll(async () => {
    await server.close();
    await database.drop();
  });

  const ask = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(server.url + path, init);
    return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, unknown>> };
  };
  const login = async () => {
    const authorization = `Basic ${btoa('admin:test-admin-password')}`;
    const { body } = await ask('/fhir/r4/login', { method: 'POST', headers: { authorization } });
    return `Bearer ${body['access_token'] as string}`;
  };

  it('is ready, and has a first user', async () => {
    expect(await ask('/health/ready')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await login()).toMatch(/^Bearer ey/);
  });

  it('refuses who has no token, and says why', async () => {
    const { status, body } = await ask('/fhir/r4/Patient');
    expect([status, body['resourceType']]).toEqual([401, 'OperationOutcome']);
  });

  it('has the hooks and the routes of its features', async () => {
    const headers = { authorization: await login(), 'content-type': 'application/fhir+json' };
    const create = (body: object) =>
      ask('/fhir/r4/Patient', { method: 'POST', headers, body: JSON.stringify({ resourceType: 'Patient', ...body }) });
    expect(await create({})).toMatchObject({
      status: 400,
      body: { issue: [{ diagnostics: 'A Patient needs a name.' }] },
    });
    expect(await create({ name: [{ family: 'Doe' }] })).toMatchObject({ status: 201 });
    expect(await ask('/hello')).toEqual({ status: 200, body: { hello: 'world' } });
  });

  it('reads forms of the authorization server itself', async () => {
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'nobody' });
    expect(await ask('/oauth2/token', { method: 'POST', body })).toMatchObject({ body: { error: 'invalid_client' } });
  });
});

describe('a mistake of the application is one line', () => {
  it.each([
    ['asModule', asModule],
    ['asFunction', asFunction],
  ] as const)('wrong settings, %s', async (_name, start) => {
    await expect(start({ PORT: 'x' })).rejects.toThrow(StartRefused);
    await expect(start({ PORT: 'x' })).rejects.toThrow(/^PORT: /);
  });

  it('an application that parses bodies', async () => {
    const database = await freshDatabase('empty');
    const environment = environmentOf(database);
    const app = await NestFactory.create(LanyardModule.forRoot({ environment }), lanyardAdapter(environment), {
      logger: false,
      abortOnError: false,
    });
    await expect(app.init()).rejects.toThrow(/bodyParser: false/);
    await app.close();
    await database.drop();
  });
});
