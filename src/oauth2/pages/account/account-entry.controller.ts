import { Body, Controller, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../../auth/public.decorator.js';
import { SignInRate } from '../../sign-in-rate.js';
import { AccountEntry } from './account-entry.js';
import { type AccountSession, AccountSessions } from './account-sessions.js';
import { AccountVisit } from './account-visit.js';
import { PageAudit } from '../page-audit.js';
import { PageErrorFilter } from '../page-error.filter.js';
import { SignIn, type SignInStep } from '../sign-in.js';

/** The login of the account pages; it leads back to the page where it began. */
@Public()
@Controller(['apps', 'account'])
@UseGuards(SignInRate)
@UseFilters(PageErrorFilter)
export class AccountEntryController {
  constructor(
    private readonly visit: AccountVisit,
    private readonly entry: AccountEntry,
    private readonly sessions: AccountSessions,
    private readonly signIn: SignIn,
    private readonly audit: PageAudit,
  ) {}

  @Post('login')
  async logIn(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown): Promise<void> {
    const form = await this.visit.read(undefined, request, body);
    const step = await this.signIn.password(form, request.ip);
    this.audit.signIn(request, step, form.text('name'));
    if ('error' in step) return this.entry.showLogin(request, reply, step, form.text('name'));
    if ('pending' in step) await this.sessions.begin(request, reply, step.pending);
    else await this.sessions.open(request, reply, step.account, { amr: step.amr });
    this.visit.goBack(request, reply);
  }

  @Post('code')
  async giveCode(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown): Promise<void> {
    const session = await this.sessions.find(request);
    if (!session) return this.visit.goBack(request, reply);
    const form = await this.visit.read(session, request, body);
    await this.goOn(session, await this.signIn.code(session.account, form), request, reply);
  }

  @Post('passkey')
  async usePasskey(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown): Promise<void> {
    const session = await this.sessions.find(request);
    if (!session) return this.visit.goBack(request, reply);
    const form = await this.visit.read(session, request, body);
    const { challenge, ...state } = session.state;
    await this.sessions.save(session, state);
    await this.goOn(session, await this.signIn.passkey(session.account, form, challenge), request, reply);
  }

  /** Ends an incomplete login as well: the button "another account" does that. */
  @Post(['logout', 'switch'])
  async logOut(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown): Promise<void> {
    const session = await this.sessions.find(request);
    await this.visit.read(session, request, body);
    await this.sessions.end(request, reply);
    if (session) this.audit.signedOut(request, session.account.name);
    this.visit.goBack(request, reply);
  }

  private async goOn(session: AccountSession, step: SignInStep, request: FastifyRequest, reply: FastifyReply) {
    this.audit.signIn(request, step, session.account.name);
    if ('error' in step) return this.entry.showSecondFactor(session, request, reply, step);
    if ('account' in step) await this.sessions.open(request, reply, step.account, { amr: step.amr });
    this.visit.goBack(request, reply);
  }
}
