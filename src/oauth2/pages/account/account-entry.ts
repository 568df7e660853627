import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LoginProviders } from '../../login-providers/login-providers.js';
import { type AccountSession, AccountSessions } from './account-sessions.js';
import { AccountVisit } from './account-visit.js';
import { PageLooks } from '../look.js';
import { SignIn, type SignInStep } from '../sign-in.js';
import { loginPage } from '../views/login-page.js';
import { secondFactorPage } from '../views/second-factor-page.js';

export type FailedStep = Extract<SignInStep, { readonly error: unknown }>;

/** Shows the steps of the login at the account pages. */
@Injectable()
export class AccountEntry {
  constructor(
    private readonly visit: AccountVisit,
    private readonly sessions: AccountSessions,
    private readonly signIn: SignIn,
    private readonly logins: LoginProviders,
    private readonly looks: PageLooks,
  ) {}

  show(session: AccountSession | undefined, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    return session ? this.showSecondFactor(session, request, reply) : this.showLogin(request, reply);
  }

  /** `name`: as the user typed it. */
  async showLogin(request: FastifyRequest, reply: FastifyReply, failed?: FailedStep, name = ''): Promise<void> {
    const token = await this.visit.tokenFor(undefined, request, reply);
    const errors = failed ? [failed.error] : [];
    const names = this.logins.list().map((provider) => provider.name);
    const look = this.looks.for(request.headers);
    const action = this.visit.addressOf(request);
    // A login at a provider starts with an app, whose pages lead here.
    const hint = names.length === 0 ? {} : { hint: look.words.login.providerHint(names) };
    const view = { look, action, token, providers: [], name, errors, canCancel: false, ...hint };
    this.visit.send(reply, loginPage(view), failed ? 422 : 200);
  }

  async showSecondFactor(session: AccountSession, request: FastifyRequest, reply: FastifyReply, failed?: FailedStep) {
    const { account, state } = session;
    const { challenge, ...step } = await this.signIn.secondStep(account);
    if (challenge !== undefined) await this.sessions.save(session, { ...state, challenge });
    const token = await this.visit.tokenFor(session, request, reply);
    const { script } = this.visit;
    const errors = failed ? [failed.error] : [];
    const view = {
      look: this.looks.for(request.headers),
      action: this.visit.addressOf(request),
      token,
      ...step,
      account: account.name,
      script,
      errors,
    };
    this.visit.send(reply, secondFactorPage(view), failed ? 422 : 200);
  }
}
