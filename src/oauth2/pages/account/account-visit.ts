import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LocalAccounts, type UserAccount } from '../../../auth/accounts/local-accounts.js';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../../../auth/accounts/local-auth.options.js';
import { type AccountSession, AccountSessions } from './account-sessions.js';
import type { PageForm } from '../page-form.js';
import { PageGuard } from '../page-guard.js';
import { pageHeaders } from '../page.js';
import { PageRefused } from '../page-refused.js';

/** Common work of the account pages: finds the user, checks that the form is ours, answers. */
@Injectable()
export class AccountVisit {
  /** Address of "My apps". */
  readonly address: string;
  /** Address of the page for the password. */
  readonly account: string;
  readonly script: string;

  constructor(
    private readonly sessions: AccountSessions,
    private readonly guard: PageGuard,
    private readonly accounts: LocalAccounts,
    @Inject(LOCAL_AUTH_OPTIONS) { issuer }: LocalAuthOptions,
  ) {
    this.address = `${issuer}/apps`;
    this.account = `${issuer}/account`;
    this.script = `${issuer}/passkey.js`;
  }

  /** Undefined until the login is complete and the password is one that the user chose. */
  async complete(request: FastifyRequest): Promise<AccountSession | undefined> {
    return completeOf(await this.sessions.find(request));
  }

  /** As {@link complete}, of a page that is opened: whom the browser is logged in as, too. */
  async enter(request: FastifyRequest, reply: FastifyReply): Promise<AccountSession | undefined> {
    return completeOf(await this.sessions.enter(request, reply));
  }

  /** Address of the one of these two pages that the request is about. */
  addressOf({ routeOptions: { url = '' } }: FastifyRequest): string {
    return /\/account(?:\/|$)/.test(url) ? this.account : this.address;
  }

  tokenFor(session: AccountSession | undefined, request: FastifyRequest, reply: FastifyReply): Promise<string> {
    return this.guard.tokenFor(placeOf(session), request, reply);
  }

  read(session: AccountSession | undefined, request: FastifyRequest, body: unknown): Promise<PageForm> {
    return this.guard.read(placeOf(session), request, body);
  }

  /** The form of a user who may have to choose a password first. */
  async submitChoice(request: FastifyRequest, body: unknown): Promise<{ session: AccountSession; form: PageForm }> {
    const session = await this.sessions.find(request);
    if (session?.state.complete !== true) throw signedOut();
    return { session, form: await this.read(session, request, body) };
  }

  /** The form of somebody whose login is complete. */
  async submit(request: FastifyRequest, body: unknown): Promise<{ session: AccountSession; form: PageForm }> {
    const session = await this.complete(request);
    if (!session) throw signedOut();
    return { session, form: await this.read(session, request, body) };
  }

  /** As it is now: what a form just changed counts. */
  async accountOf({ account }: AccountSession): Promise<UserAccount> {
    const found = await this.accounts.findActive(account.id);
    if (!found) throw signedOut();
    return found;
  }

  send(reply: FastifyReply, text: string, status = 200): void {
    void reply.code(status).headers(pageHeaders).send(text);
  }

  redirect(reply: FastifyReply, path = ''): void {
    this.leadTo(reply, `${this.address}${path}`);
  }

  goBack(request: FastifyRequest, reply: FastifyReply): void {
    this.leadTo(reply, this.addressOf(request));
  }

  leadTo(reply: FastifyReply, location: string): void {
    const { 'content-type': _, ...headers } = pageHeaders;
    void reply
      .code(303)
      .headers({ ...headers, location })
      .send();
  }
}

const completeOf = (session: AccountSession | undefined): AccountSession | undefined =>
  session?.state.complete === true && session.account.oneTimeUntil === null ? session : undefined;

const placeOf = (session: AccountSession | undefined): string => (session ? `account:${session.hash}` : 'account');

const signedOut = (): PageRefused => new PageRefused(403, ({ failures }) => failures.signedOut, 'login-needed');
