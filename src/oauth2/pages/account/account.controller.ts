import { Body, Controller, Get, Param, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { hashOpaque } from '../../../auth/hash-opaque.js';
import { LocalAccounts, signsInElsewhere, type UserAccount } from '../../../auth/accounts/local-accounts.js';
import { PasswordLinks } from '../../../auth/login/password-links.js';
import { Public } from '../../../auth/public.decorator.js';
import { RateCost, SignInRate } from '../../sign-in-rate.js';
import { AccountEntry } from './account-entry.js';
import { type AccountSession, AccountSessions } from './account-sessions.js';
import { AccountVisit } from './account-visit.js';
import { readNewPassword } from '../new-password.js';
import { PageAudit } from '../page-audit.js';
import { PageErrorFilter } from '../page-error.filter.js';
import type { FormError } from '../page.js';
import { en } from '../../words/en.js';
import type { Saying } from '../../words/languages.js';
import { PageLooks } from '../look.js';
import { PageGuard } from '../page-guard.js';
import { PageRefused } from '../page-refused.js';
import { SignIn } from '../sign-in.js';
import { accountPasswordPage, newPasswordPage, passwordChosenPage } from '../views/password-page.js';

/** Additions to the usual content of the page. */
interface PageNotice {
  readonly done?: Saying;
  readonly errors?: readonly FormError[];
}

/** The page for one's own password, and the page behind a link of an administrator (docs/adr/0040). */
@Public()
@Controller('account')
@UseGuards(SignInRate)
@UseFilters(PageErrorFilter)
export class AccountController {
  constructor(
    private readonly visit: AccountVisit,
    private readonly entry: AccountEntry,
    private readonly sessions: AccountSessions,
    private readonly guard: PageGuard,
    private readonly signIn: SignIn,
    private readonly accounts: LocalAccounts,
    private readonly links: PasswordLinks,
    private readonly audit: PageAudit,
    private readonly looks: PageLooks,
  ) {}

  @Get()
  async show(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const session = await this.sessions.enter(request, reply);
    if (session?.state.complete !== true) return this.entry.show(session, request, reply);
    await this.page(session, request, reply);
  }

  /** Needs the current password, unless that is a one-time password. */
  @Post('password')
  @RateCost(10)
  async change(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown): Promise<void> {
    const { session, form } = await this.visit.submitChoice(request, body);
    const { account } = session;
    if (signsInElsewhere(account.name)) return this.page(session, request, reply);
    const wrong =
      account.oneTimeUntil === null ? await this.signIn.currentPassword(account, form, request.ip) : undefined;
    if (wrong) {
      this.audit.changeRefused(request, account.name, 'password', wrong.text(en));
      return this.page(session, request, reply, { errors: [wrong] });
    }
    const chosen = readNewPassword(form, account.name);
    if ('error' in chosen) return this.page(session, request, reply, { errors: [chosen.error] });
    const changed = await this.accounts.setPassword(account, chosen.password);
    // A new session with a new cookie: somebody else may know the old one.
    const renewed = await this.sessions.open(request, reply, changed, session.login ?? { amr: ['pwd'] });
    this.audit.changed(request, account.name, 'password changed');
    await this.page(renewed, request, reply, { done: ({ password }) => password.changed });
  }

  /** Ends all logins of the user, this one too. It takes nothing from the owner but a login, so it asks for no password. */
  @Post('sessions')
  async endSessions(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown): Promise<void> {
    const { session } = await this.visit.submit(request, body);
    await this.sessions.end(request, reply);
    await this.accounts.endSessions(session.account.name);
    this.audit.changed(request, session.account.name, 'all sessions ended');
    this.visit.goBack(request, reply);
  }

  /** Changes nothing, since mail scanners follow links, too. */
  @Get('link/:link')
  async openLink(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Param('link') link: string) {
    const account = await this.links.find(link);
    if (!account) throw linkUnknown();
    await this.linkPage({ link, account }, request, reply);
  }

  @Post('link/:link')
  @RateCost(10)
  async useLink(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('link') link: string,
    @Body() body: unknown,
  ): Promise<void> {
    const form = await this.guard.read(placeOf(link), request, body);
    const account = await this.links.find(link);
    if (!account) throw linkUnknown();
    const chosen = readNewPassword(form, account.name);
    if ('error' in chosen) return this.linkPage({ link, account, errors: [chosen.error] }, request, reply);
    if (!(await this.links.choose(link, chosen.password))) throw linkUnknown();
    // A link logs nobody in: the next login asks for the second factor, where there is one.
    await this.sessions.end(request, reply);
    this.audit.changed(request, account.name, 'password chosen by a link');
    this.visit.send(reply, passwordChosenPage(this.looks.for(request.headers), this.visit.address));
  }

  private async page(session: AccountSession, request: FastifyRequest, reply: FastifyReply, news: PageNotice = {}) {
    const { account } = session;
    const token = await this.visit.tokenFor(session, request, reply);
    const { address: apps, account: issuerAccount } = this.visit;
    const look = this.looks.for(request.headers);
    const form = { look, target: `${issuerAccount}/password`, token, account: account.name, errors: news.errors ?? [] };
    const text =
      account.oneTimeUntil === null
        ? accountPasswordPage({
            ...form,
            apps,
            sessions: `${issuerAccount}/sessions`,
            elsewhere: signsInElsewhere(account.name),
            ...(news.done !== undefined && { done: news.done(look.words) }),
          })
        : newPasswordPage({ ...form, why: look.words.password.oneTime });
    this.visit.send(reply, text, news.errors ? 422 : 200);
  }

  private async linkPage({ link, account, errors = [] }: OpenLink, request: FastifyRequest, reply: FastifyReply) {
    const token = await this.guard.tokenFor(placeOf(link), request, reply);
    const look = this.looks.for(request.headers);
    const target = `${this.visit.account}/link/${link}`;
    const why = look.words.password.byLink(account.name);
    const text = newPasswordPage({ look, target, token, account: account.name, errors, why });
    this.visit.send(reply, text, errors.length > 0 ? 422 : 200);
  }
}

interface OpenLink {
  readonly link: string;
  readonly account: UserAccount;
  readonly errors?: readonly FormError[];
}

const placeOf = (link: string): string => `password-link:${hashOpaque(link)}`;

/** A single answer for every fault, so that trying links reveals nothing of users. */
const linkUnknown = (): PageRefused => new PageRefused(410, ({ failures }) => failures.linkUnknown, 'link-unknown');
