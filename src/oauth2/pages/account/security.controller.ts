import { Body, Controller, Get, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../../auth/public.decorator.js';
import { signsInElsewhere } from '../../../auth/accounts/local-accounts.js';
import { Passkeys } from '../../mfa/passkeys.js';
import { SecondFactors } from '../../mfa/second-factors.js';
import { generateTotpSecret, totpAddress } from '../../mfa/totp.js';
import { type AccountSession, AccountSessions } from './account-sessions.js';
import { AccountVisit } from './account-visit.js';
import type { FormError } from '../page.js';
import { PageAudit } from '../page-audit.js';
import type { PageForm } from '../page-form.js';
import { en } from '../../words/en.js';
import type { Saying } from '../../words/languages.js';
import { PageLooks } from '../look.js';
import { PageErrorFilter } from '../page-error.filter.js';
import { SignIn } from '../sign-in.js';
import { passwordFieldOf, type SecurityChange, securityPage } from '../views/security-page.js';
import { SignInRate } from '../../sign-in-rate.js';

const codeOfOther: Saying = ({ security }) => security.codeOfOther;
const appDone: Saying = ({ security }) => security.appDone;
const passkeyDone: Saying = ({ security }) => security.passkeyDone;
const passkeyRefused: Saying = ({ security }) => security.passkeyRefused;

/** Factor that a user has just proved beside the password. */
interface NewFactor {
  readonly amr: readonly string[];
  readonly done: Saying;
}

/** Notices beside the usual content of the page. */
interface PageNotice {
  readonly codes?: readonly string[];
  readonly done?: Saying;
  readonly errors?: readonly FormError[];
}

/**
 * Pages where users set up and remove their second factors. Each change needs the password: with an open session alone,
 * others could lock the owner out, or keep a way in (docs/adr/0056).
 */
@Public()
@Controller('apps')
@UseGuards(SignInRate)
@UseFilters(PageErrorFilter)
export class SecurityController {
  constructor(
    private readonly visit: AccountVisit,
    private readonly sessions: AccountSessions,
    private readonly factors: SecondFactors,
    private readonly passkeys: Passkeys,
    private readonly signIn: SignIn,
    private readonly audit: PageAudit,
    private readonly looks: PageLooks,
  ) {}

  @Get('security')
  async show(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const session = await this.visit.enter(request, reply);
    if (!session) return this.visit.redirect(reply);
    await this.page(session, request, reply);
  }

  @Post('totp/start')
  async startTotp(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown): Promise<void> {
    const { session } = await this.visit.submit(request, body);
    await this.sessions.save(session, { ...session.state, newTotp: generateTotpSecret() });
    this.visit.redirect(reply, '/security');
  }

  @Post('totp/confirm')
  async confirmTotp(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown): Promise<void> {
    const sent = await this.visit.submit(request, body);
    const { session, form } = sent;
    const { newTotp, ...state } = session.state;
    if (newTotp === undefined) return this.visit.redirect(reply, '/security');
    if (!(await this.isProven(sent, request, reply, 'totp'))) return;
    const account = await this.visit.accountOf(session);
    if (!(await this.factors.addTotp(account, newTotp, form.text('code')))) {
      return this.page(session, request, reply, { errors: [{ field: 'code', text: codeOfOther }] });
    }
    await this.sessions.save(session, state);
    const proof = { amr: ['pwd', 'otp', 'mfa'], done: appDone };
    await this.added(session, request, reply, proof);
  }

  @Post('totp/remove')
  async removeTotp(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown): Promise<void> {
    const sent = await this.visit.submit(request, body);
    if (!(await this.isProven(sent, request, reply, 'totp'))) return;
    const { session } = sent;
    await this.factors.removeTotp(session.account);
    this.audit.changed(request, session.account.name, 'authenticator app removed');
    await this.page(session, request, reply, { done: ({ security }) => security.appRemoved });
  }

  @Post('passkey/add')
  async addPasskey(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown): Promise<void> {
    const sent = await this.visit.submit(request, body);
    if (!(await this.isProven(sent, request, reply, 'passkey'))) return;
    const { session, form } = sent;
    const { challenge, ...state } = session.state;
    await this.sessions.save(session, state);
    const look = this.looks.for(request.headers);
    const label = form.text('label').trim().slice(0, 60) || look.words.security.myDevice;
    const response = form.text('response');
    const passkey =
      challenge === undefined ? undefined : await this.passkeys.readRegistration({ response, challenge }, label);
    const account = await this.visit.accountOf(session);
    if (!passkey || !(await this.factors.addPasskey(account, passkey))) {
      return this.page({ ...session, state }, request, reply, { errors: [{ text: passkeyRefused }] });
    }
    const proof = { amr: ['pwd', 'hwk', 'mfa'], done: passkeyDone };
    await this.added(session, request, reply, proof);
  }

  @Post('passkey/remove')
  async removePasskey(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Body() body: unknown,
  ): Promise<void> {
    const sent = await this.visit.submit(request, body);
    const { session, form } = sent;
    if (!(await this.isProven(sent, request, reply, `passkey-${form.text('id')}`))) return;
    await this.factors.removePasskey(session.account, form.text('id'));
    this.audit.changed(request, session.account.name, 'passkey removed');
    await this.page(session, request, reply, { done: ({ security }) => security.passkeyRemoved });
  }

  @Post('recovery')
  async renewCodes(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown): Promise<void> {
    const sent = await this.visit.submit(request, body);
    if (!(await this.isProven(sent, request, reply, 'recovery'))) return;
    const { session } = sent;
    const { totp, passkeys } = await this.factors.of(session.account);
    if (!totp && passkeys.length === 0) return this.visit.redirect(reply, '/security');
    const codes = await this.factors.renewRecoveryCodes(session.account);
    this.audit.changed(request, session.account.name, 'recovery codes renewed');
    await this.page(session, request, reply, { codes });
  }

  /** False where the form lacks the password of the account, which the page then says. */
  private async isProven(
    { session, form }: { readonly session: AccountSession; readonly form: PageForm },
    request: FastifyRequest,
    reply: FastifyReply,
    change: SecurityChange,
  ): Promise<boolean> {
    const { account } = session;
    if (signsInElsewhere(account.name)) {
      await this.page(session, request, reply);
      return false;
    }
    const wrong = await this.signIn.currentPassword(account, form, request.ip);
    if (wrong === undefined) return true;
    this.audit.changeRefused(request, account.name, 'second factor', wrong.text(en));
    await this.page(session, request, reply, { errors: [{ ...wrong, field: passwordFieldOf(change) }] });
    return false;
  }

  /** With the first factor come recovery codes, and an end to the logins that a password alone opened. This one has shown both. */
  private async added(before: AccountSession, request: FastifyRequest, reply: FastifyReply, { amr, done }: NewFactor) {
    const account = await this.visit.accountOf(before);
    const session = await this.sessions.open(request, reply, account, { amr });
    await this.sessions.endOthers(session);
    this.audit.changed(request, session.account.name, done(en));
    const { recoveryCodesLeft } = await this.factors.of(account);
    const codes = recoveryCodesLeft === 0 ? await this.factors.renewRecoveryCodes(account) : undefined;
    await this.page(session, request, reply, { done, ...(codes && { codes }) });
  }

  private async page(session: AccountSession, request: FastifyRequest, reply: FastifyReply, news: PageNotice = {}) {
    const { account, state } = session;
    const [factors, options] = await Promise.all([this.factors.of(account), this.passkeys.startRegistration(account)]);
    await this.sessions.save(session, { ...state, challenge: options.challenge });
    const token = await this.visit.tokenFor(session, request, reply);
    const { address: action, script } = this.visit;
    const look = this.looks.for(request.headers);
    const { done, ...shown } = news;
    const { newTotp: secret } = state;
    const view = {
      look,
      action,
      token,
      script,
      factors,
      account: account.name,
      elsewhere: signsInElsewhere(account.name),
      errors: [],
      ...shown,
      ...(done && { done: done(look.words) }),
      ...(secret !== undefined && { newTotp: { secret, address: totpAddress(secret, account.name, look.host) } }),
      passkey: JSON.stringify(options),
    };
    this.visit.send(reply, securityPage(view), news.errors ? 422 : 200);
  }
}
