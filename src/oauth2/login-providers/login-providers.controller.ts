import { Controller, Get, Param, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../auth/public.decorator.js';
import { readState } from '../pages/interaction-state.js';
import { PageAudit } from '../pages/page-audit.js';
import { PageErrorFilter } from '../pages/page-error.filter.js';
import { Interactions, type OpenInteraction } from '../provider/interactions/interactions.js';
import { LoginProviders } from './login-providers.js';
import { attemptUnknown } from './upstream-login-failed.js';
import { SignInRate } from '../sign-in-rate.js';

/**
 * The browser's way to a login provider and back. The callback address is one for all logins, as it is registered there; from it
 * the browser goes on below the address of its interaction, where alone it sends the cookie that says whose interaction it is.
 */
@Public()
@Controller()
@UseGuards(SignInRate)
@UseFilters(PageErrorFilter)
export class LoginProvidersController {
  constructor(
    private readonly logins: LoginProviders,
    private readonly interactions: Interactions,
    private readonly audit: PageAudit,
  ) {}

  @Get('interaction/:uid/login/:id')
  async start(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('uid') uid: string,
    @Param('id') id: string,
  ): Promise<void> {
    const open = await this.openInteraction(request, reply, uid);
    const { redirect, cookie } = await this.logins.start(id, uid, { again: mustShowAgain(open) });
    send(reply, redirect.href, cookie);
  }

  @Get('login/:id/callback')
  async callback(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Param('id') id: string): Promise<void> {
    const query = queryOf(request);
    const uid = await this.logins.findInteraction(id, query);
    send(reply, `${this.logins.startAddress(id, uid)}/callback${query}`);
  }

  @Get('interaction/:uid/login/:id/callback')
  async complete(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('uid') uid: string,
    @Param('id') id: string,
  ): Promise<void> {
    const open = await this.openInteraction(request, reply, uid);
    const { cookie: cookies } = request.headers;
    const answer = { id, uid, query: queryOf(request), cookies };
    const { account, cookie } = await this.logins.complete(answer).catch((error: unknown) => {
      const fact = error instanceof Error ? error.message : String(error);
      this.audit.signInFailed(request, { subject: `somebody at ${id}` }, fact, open.client.id);
      throw error;
    });
    this.audit.signedIn(request, account, ['fed', id], open.client.id);
    // Nothing that another user chose in this interaction stays.
    await this.interactions.save(open, { account, authenticatedAt: Math.floor(Date.now() / 1000), amr: ['fed'] });
    send(reply, this.logins.pageAddress(uid), cookie);
  }

  private async openInteraction(request: FastifyRequest, reply: FastifyReply, uid: string): Promise<OpenInteraction> {
    const open = await this.interactions.open(request.raw, reply.raw);
    if (open.uid !== uid) throw attemptUnknown();
    return open;
  }
}

/** The app wants a fresh login of somebody who has a session here, or that user said they are somebody else. */
const mustShowAgain = (open: OpenInteraction): boolean =>
  (open.needs.login && open.account !== undefined) || readState(open).switched === true;

function queryOf({ url }: FastifyRequest): string {
  const start = url.indexOf('?');
  return start === -1 ? '' : url.slice(start);
}

/** Addresses on this way carry codes: they are not cached, and not sent to other sites. */
function send(reply: FastifyReply, address: string, cookie?: string): void {
  void reply
    .code(303)
    .headers({
      location: address,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      ...(cookie !== undefined && { 'set-cookie': cookie }),
    })
    .send();
}
