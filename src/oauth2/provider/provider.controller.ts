import { Body, Controller, Get, HttpCode, Inject, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../auth/public.decorator.js';
import { OauthJsonErrorFilter } from '../clients/oauth-json-error.filter.js';
import { queryOf } from '../../fhir/http/answer/representation.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../oauth2-options.js';
import { PageErrorFilter } from '../pages/page-error.filter.js';
import { SignInRate } from '../sign-in-rate.js';
import { authorizationQuery } from './interactions/authorization-query.js';
import { forward, type Forwarded } from './forward.js';
import { IntrospectionCallers } from './tokens/introspection-callers.js';
import { keepJudgedToken } from './mounted-request.js';
import { OidcProviders } from './oidc-providers.js';
import { PublicRefresh } from './tokens/public-refresh.js';
import { ResourceServers } from './tokens/resource-servers.js';

/** Longer ones do not fit into everybody's request line. */
const longestRedirect = 4_000;

/** The addresses of oidc-provider, below the path of the issuer. Bodies are small: 64 kB at most. */
@Public()
@Controller()
@UseFilters(OauthJsonErrorFilter)
export class ProviderController {
  constructor(
    private readonly providers: OidcProviders,
    private readonly callers: IntrospectionCallers,
    private readonly refreshes: PublicRefresh,
    private readonly servers: ResourceServers,
    @Inject(OAUTH2_OPTIONS) private readonly options: Oauth2Options,
  ) {}

  @Get('authorize')
  @UseGuards(SignInRate)
  @UseFilters(PageErrorFilter)
  async authorize(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const query = await authorizationQuery(queryOf(request.url), this.servers.find);
    return this.pass(request, reply, { url: `/authorize?${query.toString()}` });
  }

  /**
   * The authorization endpoint by POST (SMART's `authorize-post`). A browser that is sent on by GET brings its session
   * along, which a POST from another site would not; a request too long for that goes without.
   */
  @Post('authorize')
  @UseGuards(SignInRate)
  @UseFilters(PageErrorFilter)
  async authorizeByPost(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Body() body: unknown,
  ): Promise<void> {
    const query = await authorizationQuery(new URLSearchParams(textOf(body)), this.servers.find);
    const url = `/authorize?${query.toString()}`;
    if (url.length > longestRedirect) return this.pass(request, reply, { url, method: 'GET' });
    void reply.header('cache-control', 'no-store').redirect(`${this.options.issuer}${url}`, 303);
  }

  @Get(['authorize/:uid', 'logout', 'logout/success'])
  resume(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.pass(request, reply, { url: this.below(request.url) });
  }

  @Post('logout/confirm')
  logout(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown): Promise<void> {
    return this.pass(request, reply, { url: '/logout/confirm', body: textOf(body) });
  }

  @Post('token')
  async token(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown): Promise<void> {
    const form = await this.refreshes.name(request, await this.withServer(textOf(body)));
    return this.pass(request, reply, { url: '/token', body: form });
  }

  @Post('revoke')
  revoke(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown): Promise<void> {
    return this.pass(request, reply, { url: '/revoke', body: withoutToken(request, textOf(body)) });
  }

  @Post('introspect')
  @HttpCode(200)
  async introspect(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown): Promise<void> {
    const text = textOf(body);
    const answer = await this.callers.answer(request, new URLSearchParams(text));
    if (answer === undefined) {
      return this.pass(request, reply, { url: '/introspect', body: withoutToken(request, text) });
    }
    void reply
      .code(answer.status)
      .headers({ 'cache-control': 'no-store', pragma: 'no-cache', ...answer.headers })
      .send(answer.body);
  }

  /** Replaces `resource` by the address as it is registered: clients write it with a slash at the end or without. */
  private async withServer(text: string): Promise<string> {
    const form = new URLSearchParams(text);
    const [resource, ...others] = form.getAll('resource');
    const server = resource === undefined || others.length > 0 ? undefined : await this.servers.find(resource);
    if (server === undefined) return text;
    form.set('resource', server);
    return form.toString();
  }

  private async pass(request: FastifyRequest, reply: FastifyReply, to: Forwarded): Promise<void> {
    await forward(await this.providers.current(), request, reply, { options: this.options, to });
  }

  private below(url: string): string {
    return url.slice(this.options.basePath.length);
  }
}

const textOf = (body: unknown): string => (typeof body === 'string' ? body : '');

/** oidc-provider authenticates the client and knows nothing of the token, which is judged here. */
function withoutToken(request: FastifyRequest, text: string): string {
  const form = new URLSearchParams(text);
  const [token, ...others] = form.getAll('token');
  if (token === undefined || token === '' || others.length > 0) return text;
  keepJudgedToken(request.raw, token);
  form.set('token', 'judged-elsewhere');
  return form.toString();
}
