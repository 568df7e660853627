import { Body, Controller, Get, Param, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LocalAccounts } from '../../auth/local-accounts.js';
import { Public } from '../../auth/public.decorator.js';
import { LoginProviders } from '../login-providers/login-providers.js';
import { InteractionExpired } from '../provider/interaction-errors.js';
import { Interactions } from '../provider/interactions.js';
import { type AccountSession, ACCOUNT_SESSION_SECONDS, AccountSessions } from './account-sessions.js';
import { AccountVisit } from './account-visit.js';
import { GrantedApps } from './granted-apps.js';
import { loginOf, readState } from './interaction-state.js';
import { PageAudit } from './page-audit.js';
import { PageErrorFilter } from './page-error.filter.js';
import { passkeyScript } from './passkey-script.js';
import { SignIn, type SignInStep } from './sign-in.js';
import { appsPage } from './views/apps-page.js';
import { loginPage } from './views/login-page.js';
import { secondFactorPage } from './views/second-factor-page.js';
import { SignInRate } from '../sign-in-rate.js';

/** Where users see which apps they let in, and end that. */
@Public()
@Controller()
@UseGuards(SignInRate)
@UseFilters(PageErrorFilter)
export class AppsController {
  constructor(
    private readonly visit: AccountVisit,
    private readonly sessions: AccountSessions,
    private readonly signIn: SignIn,
    private readonly granted: GrantedApps,
    private readonly interactions: Interactions,
    private readonly accounts: LocalAccounts,
    private readonly logins: LoginProviders,
    private readonly audit: PageAudit,
  ) {}

  @Get('passkey.js')
  script(@Res() reply: FastifyReply): void {
    void reply
      .headers({ 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'public, max-age=300' })
      .send(passkeyScript);
  }

  @Get('apps')
  async show(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const session = await this.sessions.find(request);
    if (session?.state.complete === true) return this.showApps(session, request, reply);
    if (session) return this.showSecondFactor(session, request, reply);
    await this.showLogin(request, reply);
  }

  /** From the pages of an app's login: who has just logged in there need not do it again. */
  @Get('interaction/:uid/apps')
  async enter(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Param('uid') uid: string): Promise<void> {
    const open = await this.interactions.open(request.raw, reply.raw);
    if (open.uid !== uid) throw new InteractionExpired();
    const login = loginOf(open, readState(open));
    const isFresh = login && Date.now() / 1_000 - login.authenticatedAt < ACCOUNT_SESSION_SECONDS;
    const account = isFresh ? await this.accounts.findActiveByName(login.account) : undefined;
    if (account) await this.sessions.open(request, reply, account, { complete: true });
    this.visit.redirect(reply);
  }

  @Post('apps/login')
  async logIn(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown): Promise<void> {
    const form = await this.visit.read(undefined, request, body);
    const step = await this.signIn.password(form, request.ip);
    this.audit.signIn(request, step, form.text('name'));
    if ('error' in step) return this.showLogin(request, reply, { step, name: form.text('name') });
    const account = 'pending' in step ? step.pending : step.account;
    await this.sessions.open(request, reply, account, { complete: !('pending' in step) });
    this.visit.redirect(reply);
  }

  @Post('apps/code')
  async giveCode(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown): Promise<void> {
    const session = await this.sessions.find(request);
    if (!session) return this.visit.redirect(reply);
    const form = await this.visit.read(session, request, body);
    await this.goOn(session, await this.signIn.code(session.account, form), request, reply);
  }

  @Post('apps/passkey')
  async usePasskey(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown): Promise<void> {
    const session = await this.sessions.find(request);
    if (!session) return this.visit.redirect(reply);
    const form = await this.visit.read(session, request, body);
    const { challenge, ...state } = session.state;
    await this.sessions.save(session, state);
    await this.goOn(session, await this.signIn.passkey(session.account, form, challenge), request, reply);
  }

  /** Also of a login that is not complete: "another account" is that. */
  @Post(['apps/logout', 'apps/switch'])
  async logOut(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown): Promise<void> {
    const session = await this.sessions.find(request);
    await this.visit.read(session, request, body);
    await this.sessions.end(request, reply);
    if (session) this.audit.signedOut(request, session.account.name);
    this.visit.redirect(reply);
  }

  @Post('apps/revoke')
  async revoke(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown): Promise<void> {
    const { session, form } = await this.visit.submit(request, body);
    const client = form.text('client');
    await this.granted.end(session.account, client);
    this.audit.changed(request, session.account.name, `access of the app ${client.slice(0, 100)} ended`);
    await this.showApps(session, request, reply, 'The app has no access any more.');
  }

  private async showApps(session: AccountSession, request: FastifyRequest, reply: FastifyReply, done?: string) {
    const { account } = session;
    const apps = await this.granted.of(account);
    const token = await this.visit.tokenFor(session, request, reply);
    const { host, address: action } = this.visit;
    this.visit.send(reply, appsPage({ host, action, token, account: account.name, apps, ...(done && { done }) }));
  }

  private async showLogin(request: FastifyRequest, reply: FastifyReply, failed?: FailedLogin): Promise<void> {
    const token = await this.visit.tokenFor(undefined, request, reply);
    const { host, address: action } = this.visit;
    const errors = failed ? [failed.step.error] : [];
    const name = failed?.name ?? '';
    const names = this.logins.list().map((provider) => provider.name);
    const view = { host, action, token, providers: [], name, errors, canCancel: false, ...hintFor(names) };
    this.visit.send(reply, loginPage(view), failed ? 422 : 200);
  }

  private async showSecondFactor(
    session: AccountSession,
    request: FastifyRequest,
    reply: FastifyReply,
    failed?: FailedStep,
  ): Promise<void> {
    const { account, state } = session;
    const { challenge, ...step } = await this.signIn.secondStep(account);
    if (challenge !== undefined) await this.sessions.save(session, { ...state, challenge });
    const token = await this.visit.tokenFor(session, request, reply);
    const { host, address: action, script } = this.visit;
    const errors = failed ? [failed.error] : [];
    const view = { host, action, token, ...step, account: account.name, script, errors };
    this.visit.send(reply, secondFactorPage(view), failed ? 422 : 200);
  }

  private async goOn(session: AccountSession, step: SignInStep, request: FastifyRequest, reply: FastifyReply) {
    this.audit.signIn(request, step, session.account.name);
    if ('error' in step) return this.showSecondFactor(session, request, reply, step);
    if ('account' in step) await this.sessions.open(request, reply, step.account, { complete: true });
    this.visit.redirect(reply);
  }
}

/** A login elsewhere starts with an app; its pages lead here. */
const hintFor = (providers: readonly string[]): { readonly hint?: string } =>
  providers.length === 0
    ? {}
    : { hint: `If you sign in with ${providers.join(' or ')}: open an app, sign in there, and follow “My apps”.` };

type FailedStep = Extract<SignInStep, { readonly error: unknown }>;

interface FailedLogin {
  readonly step: FailedStep;
  readonly name: string;
}
