// FhirModule in somebody else's Nest application: on a plain FastifyAdapter, with nothing hooked by hand
import type { AddressInfo } from 'node:net';
import { Body, Controller, type DynamicModule, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fhirOptions } from '../../src/app/module-options.js';
import { AuthModule } from '../../src/auth/auth.module.js';
import { AppConfig } from '../../src/config/app-config.js';
import { createDataSource } from '../../src/database/data-source.js';
import { fhirSchema } from '../../src/fhir/storage/fhir-schema.js';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import type { FhirOptions } from '../../src/fhir/fhir-options.js';
import { ScopeModule } from '../../src/scope/scope.module.js';
import { authOptions, fhirBase } from '../support/auth-options.js';
import { flood } from '../support/flood.js';
import { TestIssuer } from '../support/issuer.js';
import { type Outcome, reasonsOf } from '../support/outcome.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

const basePath = '/fhir/r4';

/** What the application has beside FHIR: bodies are read there as Nest reads them. */
@Controller('notes')
class NotesController {
  @Post()
  add(@Body() note: unknown) {
    return { note };
  }
}

interface Given {
  readonly auth: DynamicModule;
  readonly scope: DynamicModule;
  readonly options: FhirOptions;
}

const ways: readonly (readonly [string, (given: Given) => DynamicModule])[] = [
  ['forRoot', ({ auth, scope, options }) => FhirModule.forRoot(options, [auth, scope])],
  [
    'forRootAsync',
    ({ auth, scope, options }) =>
      FhirModule.forRootAsync({ imports: [auth, scope], useFactory: async () => options, basePath }),
  ],
];

describe.each(ways)('FhirModule alone, with %s', (_, fhirModule) => {
  let issuer: TestIssuer;
  let database: FreshDatabase;
  let dataSource: DataSource;
  let app: NestFastifyApplication;
  let base: string;

  beforeAll(async () => {
    [issuer, database] = await Promise.all([TestIssuer.start(fhirBase), freshDatabase('empty')]);
    dataSource = createDataSource(database.connection, fhirSchema.migrations, fhirSchema.entities as never);
    await dataSource.initialize();
    await dataSource.runMigrations({ transaction: 'each' });
    const options = { ...fhirOptions(new AppConfig({ DATABASE_URL: database.url })), base: fhirBase, basePath };
    const auth = AuthModule.forRoot(authOptions({ issuers: [issuer.trust({ userWithoutFhirUser: 'allow' })] }));
    const scope = ScopeModule.forRoot({ ...options, fhirBase });
    @Module({
      imports: [
        TypeOrmModule.forRootAsync({ useFactory: () => dataSource.options, dataSourceFactory: async () => dataSource }),
        auth,
        scope,
        fhirModule({ auth, scope, options }),
      ],
      controllers: [NotesController],
    })
    class OtherApplication {}
    app = await NestFactory.create<NestFastifyApplication>(OtherApplication, new FastifyAdapter(), { logger: false });
    await app.listen(0, '127.0.0.1');
    base = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}${basePath}`;
  });
  afterAll(async () => {
    await app.close();
    await Promise.all([issuer.close(), dataSource.isInitialized && dataSource.destroy()]);
    await database.drop();
  });

  const send = async (method: string, path: string, { token, body, type = 'application/fhir+json' }: Sent = {}) => {
    const answer = await fetch(`${base}${path}`, {
      method,
      headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), 'content-type': type },
      ...(body !== undefined && { body }),
    });
    const text = await answer.text();
    const parsed = (text === '' ? {} : JSON.parse(text)) as Resource;
    return { status: answer.status, headers: answer.headers, body: parsed };
  };

  it('creates and reads a Patient with a Bearer token', async () => {
    const token = issuer.token({ scope: 'user/Patient.cruds' });
    const created = await send('POST', '/Patient', { token, body: '{"resourceType":"Patient","active":true}' });
    expect([created.status, created.headers.get('etag')]).toEqual([201, 'W/"1"']);
    const read = await send('GET', `/Patient/${created.body.id}`, { token });
    expect([read.status, read.body]).toEqual([200, created.body]);
    expect(read.headers.get('last-modified')).not.toBeNull();
    const found = await send('POST', '/Patient/_search', {
      token,
      body: `_id=${created.body.id}`,
      type: 'application/x-www-form-urlencoded',
    });
    expect(found.body).toMatchObject({ resourceType: 'Bundle', total: 1 });
  });

  it.each([
    ['GET', '/Patient/p1'],
    ['POST', '/Patient'],
    ['POST', ''],
    ['GET', '/nothing/at/all/here'],
    ['GET', '//Patient'],
  ])('%s %s is 401 without a token, explained', async (method, path) => {
    const answer = await send(method, path);
    expect([answer.status, reasonsOf(answer)]).toEqual([401, ['no-credentials']]);
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
  });

  it('is 401 with every reason against a token, the missing scope included', async () => {
    const token = issuer.token({ aud: 'elsewhere', exp: 1, scope: 'user/Patient.r' });
    const answer = await send('POST', '/Patient', { token, body: '{}' });
    expect([answer.status, reasonsOf(answer)]).toEqual([401, ['aud-mismatch', 'token-expired', 'scope-insufficient']]);
  });

  it('is 403 without the scope, which it names', async () => {
    const answer = await send('POST', '/Patient', { token: issuer.token({ scope: 'user/Patient.r' }), body: '{}' });
    expect([answer.status, reasonsOf(answer)]).toEqual([403, ['scope-insufficient']]);
    expect(JSON.stringify(answer.body)).toContain('user/Patient.c');
  });

  it('has its open documents, and 404 for who may know', async () => {
    expect((await send('GET', '/metadata')).body).toMatchObject({ resourceType: 'CapabilityStatement' });
    const token = issuer.token({ scope: 'user/Patient.r' });
    const missing = await send('GET', '/Patient/none', { token });
    expect([missing.status, missing.body.resourceType]).toEqual([404, 'OperationOutcome']);
  });

  it('leaves the bodies of other routes to the application', async () => {
    const sent = { note: 'x'.repeat(100_000) };
    const answer = await fetch(`${new URL(base).origin}/notes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(sent),
    });
    expect([answer.status, await answer.json()]).toEqual([201, { note: sent }]);
    const head = ['POST /notes HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', 'Connection: close'];
    const waiting = await flood({ port: Number(new URL(base).port), head, size: 100, expectsContinue: true });
    expect(waiting).toMatchObject({ wasInvited: true, sent: 100, status: 400 });
  });
});

interface Sent {
  readonly token?: string;
  readonly body?: string;
  readonly type?: string;
}

interface Resource extends Outcome {
  readonly resourceType?: string;
  readonly id?: string;
}
