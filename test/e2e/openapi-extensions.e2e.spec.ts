// docs/adr/0066, docs/adr/0072: routes of extensions in the document, and a server without it
import { Controller, Get, Head, Module, Post } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Public } from '../../src/auth/public.decorator.js';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Requires } from '../../src/scope/requires.decorator.js';
import { startServer, type TestServer } from '../support/server.js';

@Controller('wards')
class Wards {
  @Get(':ward/beds')
  @Requires({ type: 'Location', permission: 'r' })
  beds(): object {
    return {};
  }

  @Post()
  add(): object {
    return {};
  }

  @Head('nothing')
  @Public()
  nothing(): void {}

  @Get('*')
  rest(): object {
    return {};
  }
}

@Controller('reports')
class Reports {
  @Get()
  @Public()
  all(): object {
    return { open: true };
  }
}

@Module({ controllers: [Reports] })
class ReportsModule {}

@Module({
  imports: [
    FhirModule.forFeature({ name: '@acme/wards' }),
    ReportsModule,
    RouterModule.register([{ path: 'acme', children: [{ path: 'v1', module: ReportsModule }] }]),
  ],
  controllers: [Wards],
})
class WardsModule {}

describe('/openapi.json of a server with an extension', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({}, [{ module: WardsModule }]);
  });
  afterAll(() => server?.close());

  it('has its routes: method, path, whose they are, and who is let in', async () => {
    const { body, status } = await server.call('GET', '/openapi.json?type=Patient');
    expect(status).toBe(200);
    const own = Object.entries(
      body.paths as Record<string, Record<string, { tags: string[]; security: { smart?: string[] }[] }>>,
    )
      .flatMap(([path, item]) => Object.entries(item).map(([method, one]) => [method, path, one] as const))
      .filter(([, , { tags }]) => tags.includes('@acme/wards'))
      .map(([method, path, { security }]) => [method, path, security.flatMap(({ smart }) => smart ?? []).join(' ')]);
    expect(own).toEqual([
      ['get', '/acme/v1/reports', ''],
      ['get', '/wards/{ward}/beds', 'patient/Location.r user/Location.r system/Location.r'],
      ['post', '/wards', ''],
    ]);
    expect(body.paths['/acme/v1/reports'].get.security).toEqual([]);
    expect(body.paths['/wards'].post.security).not.toEqual([]);
    expect(body.tags).toContainEqual({ name: '@acme/wards', description: 'Routes of this extension' });
    expect((await new Validator().validate(body)).errors).toBeUndefined();
  });

  it('says of each what the server does', async () => {
    expect((await server.call('GET', '/acme/v1/reports')).body).toEqual({ open: true });
    expect((await server.call('GET', '/wards/w1/beds')).status).toBe(401);
    const token = server.token('user/Patient.r');
    expect((await server.call('GET', '/wards/w1/beds', { token })).status).toBe(403);
  });
});

describe('OPENAPI=off', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ OPENAPI: 'off' });
  });
  afterAll(() => server?.close());

  it.each(['/openapi.json', '/openapi.json?type=Patient', '/docs/api', '/docs/api?type=Patient'])(
    'has no %s',
    async (path) => {
      expect((await server.call('GET', path)).status).toBe(404);
    },
  );

  it('does not name them at /', async () => {
    const { body } = await server.call('GET', '/');
    expect([body.openapi, body.api, typeof body.access]).toEqual([undefined, undefined, 'string']);
  });
});
