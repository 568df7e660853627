import { request as httpRequest } from 'node:http';
import {
  Catch,
  Controller,
  Get,
  Req,
  UseGuards,
  type ArgumentsHost,
  type ExceptionFilter,
  type INestApplication,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthModule } from '../../src/auth/auth.module.js';
import { JwtAuthGuard } from '../../src/auth/jwt-auth.guard.js';
import { Public } from '../../src/auth/public.decorator.js';
import type { AuthenticatedRequest } from '../../src/auth/credentials/request-credentials.js';
import { Refused } from '../../src/refusal/refusal.js';
import { authOptions, fhirBase } from '../support/auth-options.js';
import { TestIssuer } from '../support/issuer.js';

@Controller('who')
@UseGuards(JwtAuthGuard)
class WhoController {
  @Get('am-i')
  whoAmI(@Req() { principal, user }: AuthenticatedRequest) {
    return { subject: principal?.subject, isUser: user === principal };
  }

  @Public()
  @Get('is-there')
  open() {
    return { open: true };
  }
}

/** Shows what a refusal holds; the server's own filter makes an OperationOutcome of it. */
@Catch(Refused)
class ShowRefusal implements ExceptionFilter<Refused> {
  constructor(private readonly host: HttpAdapterHost) {}

  catch({ refusals, status, headers }: Refused, host: ArgumentsHost): void {
    const response: unknown = host.switchToHttp().getResponse();
    const { httpAdapter } = this.host;
    for (const [name, value] of Object.entries(headers)) httpAdapter.setHeader(response, name, value);
    httpAdapter.reply(
      response,
      refusals.map(({ code }) => code),
      status,
    );
  }
}

const fetchRaw = (url: string, headers: readonly string[]): Promise<{ status: number | undefined; body: unknown }> =>
  new Promise((resolve, reject) => {
    const sent = httpRequest(url, { headers }, (answer) => {
      answer.setEncoding('utf8');
      let text = '';
      answer.on('data', (part: string) => (text += part));
      answer.on('end', () => resolve({ status: answer.statusCode, body: JSON.parse(text) as unknown }));
    });
    sent.on('error', reject).end();
  });

describe.each([['Express'], ['Fastify']])('JwtAuthGuard in another application, on %s', (adapter) => {
  let issuer: TestIssuer;
  let app: INestApplication;
  let url: string;
  const get = (path: string) => request(url).get(path);

  beforeAll(async () => {
    issuer = await TestIssuer.start(fhirBase);
    const module = await Test.createTestingModule({
      imports: [
        adapter === 'Express'
          ? AuthModule.forRoot(authOptions({ issuers: [issuer.trust()] }))
          : AuthModule.forRootAsync({ useFactory: async () => authOptions({ issuers: [issuer.trust()] }) }),
      ],
      controllers: [WhoController],
    }).compile();
    app =
      adapter === 'Express'
        ? module.createNestApplication(new ExpressAdapter())
        : module.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
    app.useGlobalFilters(new ShowRefusal(app.get(HttpAdapterHost)));
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });
  afterAll(() => Promise.all([app.close(), issuer.close()]));

  it('asks for credentials', async () => {
    const answer = await get('/who/am-i').expect(401);
    expect(answer.body).toEqual(['no-credentials']);
  });

  it('lets a good token pass as principal and user, twice', async () => {
    const header = `bearer ${issuer.token()}`;
    for (let n = 0; n < 2; n++) {
      const answer = await get('/who/am-i').set('Authorization', header).expect(200);
      expect(answer.body).toEqual({ subject: 'user-1', isUser: true });
    }
  });

  it('refuses a bad token with all reasons', async () => {
    const answer = await get('/who/am-i')
      .set('Authorization', `Bearer ${issuer.token({ aud: 'x', exp: 1 })}`)
      .expect(401);
    expect(answer.body).toEqual(['aud-mismatch', 'token-expired']);
  });

  it('refuses a token in the query', async () => {
    const alone = await get(`/who/am-i?access_token=${issuer.token()}`).expect(401);
    expect(alone.body).toEqual(['token-in-query']);
    const both = await get('/who/am-i?access_token=x').set('Authorization', `Bearer ${issuer.token()}`).expect(400);
    expect(both.body).toEqual(['multiple-credentials']);
  });

  it('refuses a repeated header, of which the framework shows only the first', async () => {
    const token = `Bearer ${issuer.token()}`;
    const answer = await fetchRaw(`${url}/who/am-i`, ['Host', 'x', 'Authorization', token, 'Authorization', token]);
    expect(answer).toEqual({ status: 400, body: ['multiple-credentials'] });
  });

  it('passes 503 and Retry-After on', async () => {
    issuer.behaviour = 'fail';
    const answer = await get('/who/am-i')
      .set('Authorization', `Bearer ${issuer.token({}, { kid: 'new' })}`)
      .expect(503);
    issuer.behaviour = 'serve';
    expect(answer.body).toEqual(['keys-unavailable']);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('leaves public routes open, even to bad tokens', async () => {
    const answers = await Promise.all([get('/who/is-there'), get('/who/is-there').set('Authorization', 'Bearer x')]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  });
});
