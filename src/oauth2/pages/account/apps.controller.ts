import { Body, Controller, Get, Param, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LocalAccounts } from '../../../auth/accounts/local-accounts.js';
import { Public } from '../../../auth/public.decorator.js';
import { InteractionExpired } from '../../provider/interactions/interaction-errors.js';
import { Interactions } from '../../provider/interactions/interactions.js';
import { AccountEntry } from './account-entry.js';
import { type AccountSession, AccountSessions } from './account-sessions.js';
import { AccountVisit } from './account-visit.js';
import { GrantedApps } from './granted-apps.js';
import { loginOf, readState } from '../interaction-state.js';
import { PageAudit } from '../page-audit.js';
import type { Saying } from '../../words/languages.js';
import { PageLooks } from '../look.js';
import { PageErrorFilter } from '../page-error.filter.js';
import { passkeyScript } from './passkey-script.js';
import { appsPage } from '../views/apps-page.js';
import { SignInRate } from '../../sign-in-rate.js';

/** Pages where users see which apps have access, and end it. */
@Public()
@Controller()
@UseGuards(SignInRate)
@UseFilters(PageErrorFilter)
export class AppsController {
  constructor(
    private readonly visit: AccountVisit,
    private readonly sessions: AccountSessions,
    private readonly entry: AccountEntry,
    private readonly granted: GrantedApps,
    private readonly interactions: Interactions,
    private readonly accounts: LocalAccounts,
    private readonly audit: PageAudit,
    private readonly looks: PageLooks,
  ) {}

  @Get('passkey.js')
  script(@Res() reply: FastifyReply): void {
    void reply
      .headers({ 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'public, max-age=300' })
      .send(passkeyScript);
  }

  @Get('apps')
  async show(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const session = await this.sessions.enter(request, reply);
    if (session?.state.complete !== true) return this.entry.show(session, request, reply);
    if (session.account.oneTimeUntil !== null) return this.visit.leadTo(reply, this.visit.account);
    await this.showApps(session, request, reply);
  }

  /** Enters from the pages of an app's login: users who have just logged in there need no other login. */
  @Get('interaction/:uid/apps')
  async enter(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Param('uid') uid: string): Promise<void> {
    const open = await this.interactions.open(request.raw, reply.raw);
    if (open.uid !== uid) throw new InteractionExpired();
    const login = loginOf(open, readState(open));
    const account = login && (await this.accounts.findActiveByName(login.account));
    // Who has said there that they are somebody else is not who the browser is logged in as.
    if (!login || !account) return this.entry.show(undefined, request, reply);
    await this.sessions.open(request, reply, account, login);
    this.visit.redirect(reply);
  }

  @Post('apps/revoke')
  async revoke(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown): Promise<void> {
    const { session, form } = await this.visit.submit(request, body);
    const client = form.text('client');
    await this.granted.end(session.account, client);
    this.audit.changed(request, session.account.name, `access of the app ${client.slice(0, 100)} ended`);
    await this.showApps(session, request, reply, ({ apps }) => apps.stopped);
  }

  private async showApps(session: AccountSession, request: FastifyRequest, reply: FastifyReply, done?: Saying) {
    const { account } = session;
    const apps = await this.granted.of(account);
    const token = await this.visit.tokenFor(session, request, reply);
    const { address: action } = this.visit;
    const look = this.looks.for(request.headers);
    const news = done && { done: done(look.words) };
    this.visit.send(reply, appsPage({ look, action, token, account: account.name, apps, ...news }));
  }
}
