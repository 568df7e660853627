// AuthModule and ScopeModule in somebody else's Nest application: on Express, without a database and without FhirModule
import {
  Controller,
  type DynamicModule,
  Get,
  type INestApplication,
  Module,
  Param,
  Post,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthModule } from '../../src/auth/auth.module.js';
import { JwtAuthGuard } from '../../src/auth/jwt-auth.guard.js';
import { Context, type RequestContext } from '../../src/scope/request-context.js';
import { RefusalFilter } from '../../src/scope/refusal.filter.js';
import { Requires } from '../../src/scope/requires.decorator.js';
import type { ScopeOptions } from '../../src/scope/scope-options.js';
import { ScopeGuard } from '../../src/scope/scope.guard.js';
import { ScopeModule } from '../../src/scope/scope.module.js';
import { authOptions, fhirBase } from '../support/auth-options.js';
import { TestIssuer } from '../support/issuer.js';
import { reasonsOf } from '../support/outcome.js';

@Controller('appointments')
@UseGuards(JwtAuthGuard, ScopeGuard)
@UseFilters(RefusalFilter)
class AppointmentController {
  @Get()
  @Requires({ permission: 's', type: 'Appointment' })
  list(@Context() { principal }: RequestContext) {
    return { for: principal.subject };
  }

  @Post()
  @Requires({ permission: 'c', type: 'Appointment' })
  book() {
    return { booked: true };
  }

  @Get('any/:type')
  @Requires({ permission: 'r' })
  ofType(@Param('type') type: string) {
    return { type };
  }
}

const docsUrl = 'https://fhir.example/docs/access';
const resourceMetadataUrl = 'https://fhir.example/.well-known/oauth-protected-resource/fhir/r4';
const links = { fhirBase, docsUrl, resourceMetadataUrl };
const trusting = (issuer: TestIssuer) => authOptions({ issuers: [issuer.trust({ userWithoutFhirUser: 'allow' })] });

/** Where an application keeps what it tells the modules. */
@Module({ providers: [{ provide: 'links', useValue: links }], exports: ['links'] })
class SettingsModule {}

const waysToImport: readonly (readonly [string, (issuer: TestIssuer) => readonly DynamicModule[]])[] = [
  ['forRoot', (issuer) => [AuthModule.forRoot(trusting(issuer)), ScopeModule.forRoot(links)]],
  [
    'forRootAsync',
    (issuer) => [
      AuthModule.forRootAsync({ useFactory: async () => trusting(issuer) }),
      ScopeModule.forRootAsync({
        imports: [SettingsModule],
        inject: ['links'],
        useFactory: async (given: ScopeOptions) => given,
      }),
    ],
  ],
];

describe.each(waysToImport)('a controller of another application, with %s', (_, modules) => {
  let issuer: TestIssuer;
  let app: INestApplication;
  let url: string;

  beforeAll(async () => {
    issuer = await TestIssuer.start(fhirBase);
    @Module({ imports: [...modules(issuer)], controllers: [AppointmentController] })
    class OtherApplication {}
    app = await NestFactory.create(OtherApplication, new ExpressAdapter(), { logger: false });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });
  afterAll(() => Promise.all([app.close(), issuer.close()]));

  async function call(scope: string, path = '/appointments', method: 'GET' | 'POST' = 'GET') {
    const answer = await fetch(url + path, { method, headers: { authorization: `Bearer ${issuer.token({ scope })}` } });
    const challenge = answer.headers.get('www-authenticate');
    return { status: answer.status, challenge, body: (await answer.json()) as Readonly<Record<string, unknown>> };
  }

  it('asks for credentials with a challenge that leads to the authorization server', async () => {
    const answer = await request(url).get('/appointments');
    expect(answer.status).toBe(401);
    expect(answer.headers['content-type']).toContain('application/fhir+json');
    expect(answer.headers['www-authenticate']).toBe(`Bearer realm="fhir", resource_metadata="${resourceMetadataUrl}"`);
    expect(reasonsOf({ body: JSON.parse(answer.text) })).toEqual(['no-credentials']);
  });

  it('names every failing check of a bad token', async () => {
    const token = issuer.token({ aud: 'elsewhere', exp: 1 });
    const answer = await request(url).get('/appointments').set('Authorization', `Bearer ${token}`);
    expect(answer.status).toBe(401);
    expect(reasonsOf({ body: JSON.parse(answer.text) })).toEqual(['aud-mismatch', 'token-expired']);
    expect(answer.headers['www-authenticate']).toMatch(/error="invalid_token"/);
    expect(answer.headers['www-authenticate']).toContain(`error_uri="${docsUrl}#aud-mismatch"`);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it.each(['user/Appointment.s', 'user/Appointment.read', 'user/*.cruds', 'user/*.*'])('lets %s in', async (scope) => {
    const answer = await call(scope);
    expect([answer.status, answer.body]).toEqual([200, { for: 'user-1' }]);
  });

  it.each(['user/Appointment.r', 'user/Patient.cruds', 'openid', 'user/appointment.s', 'system/*.rs'])(
    'refuses %s and names the scope that would do, in both forms',
    async (scope) => {
      const answer = await call(scope);
      expect(answer.status).toBe(403);
      expect(answer.challenge).toMatch(/error="insufficient_scope".*scope="user\/Appointment\.s/);
      expect(JSON.stringify(answer.body)).toContain('user/Appointment.read');
    },
  );

  it('demands the permission of each route', async () => {
    expect((await call('user/Appointment.rs', '/appointments', 'POST')).status).toBe(403);
    expect((await call('user/Appointment.c', '/appointments', 'POST')).body).toEqual({ booked: true });
  });

  it('takes the type from the path where the route names none', async () => {
    expect((await call('user/Slot.r', '/appointments/any/Slot')).body).toEqual({ type: 'Slot' });
    expect((await call('user/Slot.r', '/appointments/any/Patient')).status).toBe(403);
  });
});
