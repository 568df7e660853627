import { randomBytes } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { hashOpaque } from '../../../auth/hash-opaque.js';
import { LocalAccounts, type UserAccount } from '../../../auth/accounts/local-accounts.js';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../../../auth/accounts/local-auth.options.js';
import { BrowserLogins, type OpenLogin } from '../../provider/interactions/browser-logins.js';
import { PageSessionRepository } from '../../storage/page-session.repository.js';
import { readCookie, writeCookie } from '../page-cookies.js';

/** Time in which a login has to be finished. After it the user gets another session. */
export const accountSessionSeconds = 20 * 60;

const sessionState = z.object({
  /** True if the login is complete; false while a second factor is missing. */
  complete: z.boolean(),
  /** Challenge for a passkey to sign; used once. */
  challenge: z.string().optional(),
  /** A TOTP secret that no code has confirmed yet. */
  newTotp: z.string().optional(),
});

/** The login of the browser that a complete session belongs to. */
const openLogin = z.object({
  uid: z.string(),
  account: z.string(),
  authenticatedAt: z.number(),
  amr: z.array(z.string()),
});

export type AccountSessionState = z.infer<typeof sessionState>;

/** With what the session was opened: it ends with the password, and with the login of the browser. */
const storedState = sessionState.extend({ password: z.string(), login: openLogin.optional() });

/** How a user proved who they are, and when: now, if nothing is said. */
export interface LoginProof {
  readonly amr: readonly string[];
  /** Seconds since 1970. */
  readonly authenticatedAt?: number;
}

export interface AccountSession {
  readonly hash: string;
  readonly account: UserAccount;
  readonly state: AccountSessionState;
  /** Undefined while the login is incomplete. */
  readonly login?: OpenLogin;
}

/**
 * Sessions of the account pages: what these have to remember of a login under way, and of the user whom the browser is logged in as. That
 * login is the one of the apps, too; a session of these pages ends with it (docs/adr/0074).
 */
@Injectable()
export class AccountSessions implements OnModuleInit {
  private readonly cookie: string;
  private readonly path: string;
  private readonly secure: boolean;

  constructor(
    private readonly stored: PageSessionRepository,
    private readonly accounts: LocalAccounts,
    private readonly logins: BrowserLogins,
    @Inject(LOCAL_AUTH_OPTIONS) { issuer }: LocalAuthOptions,
  ) {
    const { pathname, protocol } = new URL(issuer);
    this.secure = protocol === 'https:';
    this.cookie = this.secure ? '__Secure-lanyard_account' : 'lanyard_account';
    // The account pages are at two addresses below it, /apps and /account.
    this.path = pathname;
  }

  /** An account that was disabled meanwhile, or is somebody else now, is not the one that signed in. */
  onModuleInit(): void {
    this.accounts.whenEnded((name) => this.stored.endAllOf(name));
  }

  /** Logs the browser in, for apps as well. A new session each time, whatever cookie the browser had. */
  async open(
    request: FastifyRequest,
    reply: FastifyReply,
    account: UserAccount,
    { authenticatedAt = Math.floor(Date.now() / 1_000), amr }: LoginProof,
  ): Promise<AccountSession> {
    const login = await this.logins.open(request, reply, { account: account.name, authenticatedAt, amr });
    return this.start(request, reply, { account, state: { complete: true }, login });
  }

  /** After the password, while a second factor is missing: this opens nothing. */
  async begin(request: FastifyRequest, reply: FastifyReply, account: UserAccount): Promise<void> {
    await this.start(request, reply, { account, state: { complete: false } });
  }

  /** The session of the request, or one for whom the browser is logged in as. */
  async enter(request: FastifyRequest, reply: FastifyReply): Promise<AccountSession | undefined> {
    const session = await this.find(request);
    if (session) return session;
    const login = await this.logins.of(request.raw);
    const account = login && (await this.accounts.findActiveByName(login.account));
    return account && this.start(request, reply, { account, state: { complete: true }, login });
  }

  async find({ headers }: FastifyRequest): Promise<AccountSession | undefined> {
    const value = readCookie(headers.cookie, this.cookie);
    if (value === undefined) return undefined;
    const hash = hashOpaque(value);
    const session = await this.stored.find(hash);
    const account = session && (await this.accounts.findActive(session.accountId));
    const stored = storedState.safeParse(session?.state);
    if (!account || !stored.success) return undefined;
    const { password, login, ...state } = stored.data;
    if (password !== hashOpaque(account.passwordHash)) return undefined;
    if (!state.complete) return { hash, account, state };
    return login && (await this.isOpen(login, account)) ? { hash, account, state, login } : undefined;
  }

  save(session: AccountSession, state: AccountSessionState): Promise<void> {
    return this.stored.save(session.hash, storedOf({ ...session, state }));
  }

  /** Logs the browser out, for apps as well. */
  async end(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await this.forget(request, reply);
    await this.logins.end(request, reply);
  }

  private async isOpen(login: OpenLogin, { name }: UserAccount): Promise<boolean> {
    return login.account === name && (await this.logins.isOpen(login.uid, name));
  }

  private async start(
    request: FastifyRequest,
    reply: FastifyReply,
    started: Omit<AccountSession, 'hash'>,
  ): Promise<AccountSession> {
    await this.forget(request, reply);
    const value = randomBytes(32).toString('base64url');
    const hash = hashOpaque(value);
    await this.stored.open(hash, started.account.id, storedOf(started), accountSessionSeconds);
    this.setCookie(reply, value, accountSessionSeconds);
    return { ...started, hash };
  }

  private async forget({ headers }: FastifyRequest, reply: FastifyReply): Promise<void> {
    const value = readCookie(headers.cookie, this.cookie);
    if (value === undefined) return;
    await this.stored.end(hashOpaque(value));
    this.setCookie(reply, '', 0);
  }

  endOthers({ account, hash }: AccountSession): Promise<void> {
    return this.stored.endOthers(account.id, hash);
  }

  private setCookie(reply: FastifyReply, value: string, maxAgeSeconds: number): void {
    const { cookie: name, path, secure } = this;
    const before = [reply.getHeader('set-cookie') ?? []]
      .flat()
      .map(String)
      .filter((one) => !one.startsWith(`${name}=`));
    void reply.removeHeader('set-cookie');
    void reply.header('set-cookie', [...before, writeCookie({ name, value, path, secure, maxAgeSeconds })]);
  }
}

const storedOf = ({ account, state, login }: Omit<AccountSession, 'hash'>) => ({
  ...state,
  password: hashOpaque(account.passwordHash),
  ...(login && { login }),
});
