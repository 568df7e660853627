import {
  type ArgumentsHost,
  Catch,
  Controller,
  type DynamicModule,
  type ExceptionFilter,
  Get,
  type INestApplication,
  Module,
  type ModuleMetadata,
  Req,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { HttpAdapterHost, NestFactory } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import passport from 'passport';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AuthModule } from '../../src/auth/auth.module.js';
import type { AuthenticatedRequest } from '../../src/auth/credentials/request-credentials.js';
import { JwtAuthGuard } from '../../src/auth/jwt-auth.guard.js';
import { Refused } from '../../src/refusal/refusal.js';
import { authOptions, fhirBase } from '../support/auth-options.js';
import { TestIssuer } from '../support/issuer.js';

/** Passport's registry is one per process: applications must not take each other's keys, and names must not open doors. */
@Controller()
class WhoController {
  @Get('ours')
  @UseGuards(JwtAuthGuard)
  ours(@Req() { principal }: AuthenticatedRequest) {
    return { issuer: principal?.issuer };
  }

  @Get('plain')
  @UseGuards(AuthGuard('smart-jwt'))
  plain(@Req() { principal }: AuthenticatedRequest) {
    return { issuer: principal?.issuer };
  }
}

@Controller()
class PlainController {
  @Get('plain')
  @UseGuards(AuthGuard('smart-jwt'))
  plain() {
    return {};
  }
}

/** Shows what was thrown. */
@Catch()
class ShowError implements ExceptionFilter<Error> {
  constructor(private readonly host: HttpAdapterHost) {}

  catch(error: Error, host: ArgumentsHost): void {
    const { authInfo } = host.switchToHttp().getRequest<AuthenticatedRequest>();
    const refused = error instanceof Refused ? error : authInfo;
    const told = refused instanceof Refused ? refused.refusals.map(({ code }) => code) : error.message;
    const status = refused instanceof Refused ? refused.status : 500;
    this.host.httpAdapter.reply(host.switchToHttp().getResponse(), { told }, status);
  }
}

let one: TestIssuer;
let two: TestIssuer;
const opened: INestApplication[] = [];

beforeAll(async () => {
  [one, two] = await Promise.all([TestIssuer.start(fhirBase), TestIssuer.start(fhirBase)]);
});
afterEach(() => Promise.all(opened.splice(0).map((app) => app.close())));
afterAll(() => Promise.all([one.close(), two.close()]));

const trusting = (issuer: TestIssuer): DynamicModule => AuthModule.forRoot(authOptions({ issuers: [issuer.trust()] }));

interface Site {
  readonly app: INestApplication;
  readonly url: string;
}

function moduleOf(metadata: ModuleMetadata): Type {
  @Module(metadata)
  class Application {}
  return Application;
}

async function open(adapter: 'Express' | 'Fastify', module: Type): Promise<Site> {
  const platform = adapter === 'Express' ? new ExpressAdapter() : new FastifyAdapter();
  const app = await NestFactory.create(module, platform, { logger: false });
  opened.push(app);
  app.useGlobalFilters(new ShowError(app.get(HttpAdapterHost)));
  await app.listen(0, '127.0.0.1');
  return { app, url: await app.getUrl() };
}

const openTrusting = (adapter: 'Express' | 'Fastify', issuer: TestIssuer): Promise<Site> =>
  open(adapter, moduleOf({ imports: [trusting(issuer)], controllers: [WhoController] }));

async function get({ url }: Site, path: string, token: string) {
  const answer = await fetch(`${url}/${path}`, { headers: { authorization: `Bearer ${token}` } });
  return [answer.status, await answer.json()];
}

describe.each([
  ['Express', 'Fastify'],
  ['Fastify', 'Express'],
  ['Express', 'Express'],
  ['Fastify', 'Fastify'],
] as const)('two applications of one process, on %s and %s', (first, second) => {
  it.each(['ours', 'plain'])('trust their own issuer each, at /%s', async (path) => {
    const sites = [await openTrusting(first, one), await openTrusting(second, two)] as const;
    const [a, b] = sites;
    for (let n = 0; n < 2; n++) {
      expect(await get(a, path, one.token())).toEqual([200, { issuer: one.url }]);
      expect(await get(b, path, two.token())).toEqual([200, { issuer: two.url }]);
      expect(await get(a, path, two.token())).toEqual([401, { told: ['iss-untrusted'] }]);
      expect(await get(b, path, one.token())).toEqual([401, { told: ['iss-untrusted'] }]);
    }
    const known = one.token();
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        expect(await get(a, path, known)).toEqual([200, { issuer: one.url }]);
        expect(await get(b, path, known)).toEqual([401, { told: ['iss-untrusted'] }]);
      }),
    );
    await a.app.close();
    expect(await get(b, path, two.token())).toEqual([200, { issuer: two.url }]);
    expect(await get(b, path, one.token())).toEqual([401, { told: ['iss-untrusted'] }]);
  });
});

describe.each(['Express', 'Fastify'] as const)('who decides in a process, on %s', (adapter) => {
  it('is nobody in an application without AuthModule', async () => {
    await openTrusting(adapter, one);
    const bare = await open(adapter, moduleOf({ controllers: [PlainController] }));
    const [status, body] = await get(bare, 'plain', one.token());
    expect([status, body]).toEqual([500, { told: expect.stringContaining('has no AuthModule') as unknown }]);
  });

  it('is the guard of each module where an application has several, and no other', async () => {
    @Controller('second')
    class SecondController extends WhoController {}
    const imports = [
      moduleOf({ imports: [trusting(one)], controllers: [WhoController] }),
      moduleOf({ imports: [trusting(two)], controllers: [SecondController] }),
    ];
    const site = await open(adapter, moduleOf({ imports }));
    expect(await get(site, 'ours', one.token())).toEqual([200, { issuer: one.url }]);
    expect(await get(site, 'ours', two.token())).toEqual([401, { told: ['iss-untrusted'] }]);
    expect(await get(site, 'second/ours', two.token())).toEqual([200, { issuer: two.url }]);
    expect(await get(site, 'second/ours', one.token())).toEqual([401, { told: ['iss-untrusted'] }]);
    const [status, body] = await get(site, 'plain', one.token());
    expect([status, body]).toEqual([500, { told: expect.stringContaining('several AuthModules') as unknown }]);
  });

  it.each(['success', 'pass'] as const)('is no strategy of somebody else with our name (%s)', async (action) => {
    class Impostor extends passport.Strategy {
      override readonly name = 'smart-jwt';
      override authenticate(): void {
        this[action]({ issuer: 'anybody' });
      }
    }
    const site = await openTrusting(adapter, one);
    passport.use(new Impostor());
    const [status, body] = await get(site, 'ours', 'x');
    expect([status, body]).toEqual([500, { told: expect.stringContaining("named 'smart-jwt'") as unknown }]);
    // The next application that starts takes the name back, for all.
    await openTrusting(adapter, two);
    expect(await get(site, 'ours', one.token())).toEqual([200, { issuer: one.url }]);
  });
});
