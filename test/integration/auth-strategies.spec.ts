// https://docs.nestjs.com/recipes/passport#multiple-strategies
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  type INestApplication,
  Injectable,
  Module,
  Req,
  UnauthorizedException,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthGuard, PassportModule } from '@nestjs/passport';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import passport from 'passport';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthModule } from '../../src/auth/auth.module.js';
import type { AuthenticatedRequest } from '../../src/auth/credentials/request-credentials.js';
import { JwtAuthGuard } from '../../src/auth/jwt-auth.guard.js';
import { RefusalFilter } from '../../src/scope/refusal.filter.js';
import { Requires } from '../../src/scope/requires.decorator.js';
import { ScopeGuard } from '../../src/scope/scope.guard.js';
import { ScopeModule } from '../../src/scope/scope.module.js';
import { authOptions, fhirBase } from '../support/auth-options.js';
import { TestIssuer } from '../support/issuer.js';
import { reasonsOf } from '../support/outcome.js';

/** A strategy of the application beside ours: a device that shows its serial number. */
@Injectable()
class DeviceStrategy extends passport.Strategy {
  override readonly name = 'device';

  constructor() {
    super();
    passport.use(this);
  }

  override authenticate({ headers }: { readonly headers: Readonly<Record<string, unknown>> }): void {
    const serial = headers['x-device'];
    if (serial === 'broken') throw new Error('The register of devices is away.');
    if (serial === 'd1') this.success({ device: serial });
    else this.fail('Device realm="devices"', 401);
  }
}

type Request = Omit<AuthenticatedRequest, 'user'> & { readonly user: object };

/** As ScopeGuard below the FHIR base, which adds the purpose of a request to its principal. */
@Injectable()
class NarrowingGuard implements CanActivate {
  canActivate(context: ExecutionContext): true {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    request.principal = { ...request.principal!, scopes: [] };
    return true;
  }
}

@Controller()
@UseFilters(RefusalFilter)
class ReadingController {
  @Get('readings')
  @UseGuards(AuthGuard(['smart-jwt', 'device']))
  list(@Req() { user, principal }: Request) {
    return { subject: principal?.subject, isUser: user === principal, user: principal ? undefined : user };
  }

  @Get('other-order')
  @UseGuards(AuthGuard(['device', 'smart-jwt']))
  other() {
    return {};
  }

  @Get('alone')
  @UseGuards(AuthGuard('smart-jwt'))
  alone() {
    return {};
  }

  @Get('scoped')
  @UseGuards(AuthGuard(['smart-jwt', 'device']), ScopeGuard)
  @Requires({ permission: 's', type: 'Observation' })
  scoped() {
    return {};
  }

  @Get('devices')
  @UseGuards(AuthGuard('device'))
  devices() {
    return {};
  }

  @Get('refused')
  @UseGuards(AuthGuard(['smart-jwt', 'device']))
  refused() {
    throw new UnauthorizedException('The handler says so.');
  }
}

@Controller()
class DecidedController {
  @Get('decided')
  @UseGuards(JwtAuthGuard, NarrowingGuard, AuthGuard(['smart-jwt', 'device']))
  decided(@Req() { user, principal }: Request) {
    return { scopes: principal?.scopes, isUser: user === principal };
  }
}

describe.each([
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
])("our strategy beside another one in an application's own guard, on %s", (_, adapter) => {
  const docsUrl = 'https://fhir.example/docs/access';
  const resourceMetadataUrl = 'https://fhir.example/.well-known/oauth-protected-resource/fhir/r4';
  let issuer: TestIssuer;
  let app: INestApplication;
  let url: string;

  beforeAll(async () => {
    issuer = await TestIssuer.start(fhirBase);
    const issuers = [issuer.trust({ userWithoutFhirUser: 'allow' })];
    /** Knows nothing of the module that authenticates, as controllers of features do. */
    @Module({
      imports: [
        PassportModule.register({ session: false }),
        ScopeModule.forRoot({ fhirBase, docsUrl, resourceMetadataUrl }),
      ],
      controllers: [ReadingController],
      providers: [DeviceStrategy],
    })
    class ReadingModule {}
    @Module({
      imports: [AuthModule.forRoot(authOptions({ issuers })), ReadingModule],
      controllers: [DecidedController],
    })
    class OtherApplication {}
    app = await NestFactory.create(OtherApplication, adapter(), { logger: false });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });
  afterAll(() => Promise.all([app.close(), issuer.close()]));

  async function get(path: string, headers: Readonly<Record<string, string>>) {
    const answer = await fetch(url + path, { headers });
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as never };
  }
  const withToken = (claims = {}, header = {}) => ({ authorization: `Bearer ${issuer.token(claims, header)}` });

  it('lets a token pass as user and principal, new and known', async () => {
    const headers = withToken();
    for (let n = 0; n < 2; n++) {
      const { status, body } = await get('/readings', headers);
      expect([status, body]).toEqual([200, { subject: 'user-1', isUser: true }]);
    }
    expect((await get('/other-order', headers)).status).toBe(200);
    expect((await get('/alone', headers)).status).toBe(200);
  });

  it('lets the other credential pass, which makes no principal', async () => {
    const { status, body } = await get('/readings', { 'x-device': 'd1' });
    expect([status, body]).toEqual([200, { isUser: false, user: { device: 'd1' } }]);
    expect((await get('/readings', { 'x-device': 'd1', ...withToken({ exp: 1 }) })).status).toBe(200);
  });

  it.each(['/readings', '/other-order', '/alone'])('tells every reason and the way to a token at %s', async (path) => {
    const none = await get(path, {});
    expect([none.status, reasonsOf(none)]).toEqual([401, ['no-credentials']]);
    expect(none.headers.get('www-authenticate')).toBe(
      `Bearer realm="fhir", resource_metadata="${resourceMetadataUrl}"`,
    );
    const bad = await get(path, withToken({ aud: 'elsewhere', exp: 1 }));
    expect([bad.status, reasonsOf(bad)]).toEqual([401, ['aud-mismatch', 'token-expired']]);
    expect(bad.headers.get('www-authenticate')).toMatch(/error="invalid_token", error_description="aud-mismatch: /);
    expect(bad.headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
    expect(bad.headers.get('cache-control')).toBe('no-store');
    const other = await get(path, { 'x-device': 'd2' });
    expect([other.status, reasonsOf(other)]).toEqual([401, ['no-credentials']]);
  });

  it('keeps the status of what is no 401', async () => {
    const twice = await get('/readings?access_token=x', withToken());
    expect([twice.status, reasonsOf(twice)]).toEqual([400, ['multiple-credentials']]);
    issuer.behaviour = 'fail';
    const away = await get('/readings', withToken({}, { kid: 'new' }));
    issuer.behaviour = 'serve';
    expect([away.status, reasonsOf(away)]).toEqual([503, ['keys-unavailable']]);
    expect(Number(away.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('demands scopes of tokens, and finds none in the other credential', async () => {
    expect((await get('/scoped', withToken({ scope: 'user/Observation.rs' }))).status).toBe(200);
    const little = await get('/scoped', withToken({ scope: 'user/Patient.rs' }));
    expect([little.status, reasonsOf(little)]).toEqual([403, ['scope-insufficient']]);
    expect((await get('/scoped', { 'x-device': 'd1' })).status).toBe(401);
  });

  it('leaves a principal as an earlier guard made it', async () => {
    const { status, body } = await get('/decided', withToken());
    expect([status, body]).toEqual([200, { scopes: [], isUser: true }]);
  });

  it('answers a failure of the other strategy as a failure, and goes on', async () => {
    expect((await get('/readings', { 'x-device': 'broken', ...withToken({ exp: 1 }) })).status).toBe(500);
    expect((await get('/other-order', { 'x-device': 'broken' })).status).toBe(500);
    expect((await get('/readings', withToken())).status).toBe(200);
  });

  it('leaves a 401 that is not ours as Nest answers it', async () => {
    const devices = await get('/devices', {});
    expect([devices.status, devices.body]).toEqual([401, { message: 'Unauthorized', statusCode: 401 }]);
    const handler = await get('/refused', withToken());
    expect([handler.status, handler.body]).toMatchObject([401, { message: 'The handler says so.' }]);
  });
});
