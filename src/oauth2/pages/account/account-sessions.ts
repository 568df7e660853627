import { randomBytes } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { hashOpaque } from '../../../auth/hash-opaque.js';
import { LocalAccounts, type UserAccount } from '../../../auth/accounts/local-accounts.js';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../../../auth/accounts/local-auth.options.js';
import { PageSessionRepository } from '../../storage/page-session.repository.js';
import { readCookie, writeCookie } from '../page-cookies.js';

/** Short, since it can change how the account logs in. */
export const accountSessionSeconds = 20 * 60;

const sessionState = z.object({
  /** True if the login is complete; false while a second factor is missing. */
  complete: z.boolean(),
  /** Challenge for a passkey to sign; used once. */
  challenge: z.string().optional(),
  /** A TOTP secret that no code has confirmed yet. */
  newTotp: z.string().optional(),
});

export type AccountSessionState = z.infer<typeof sessionState>;

/** With what the session was opened: it ends with the password. */
const storedState = sessionState.extend({ password: z.string() });

export interface AccountSession {
  readonly hash: string;
  readonly account: UserAccount;
  readonly state: AccountSessionState;
}

/** Sessions of the account pages, apart from those of the apps' logins. */
@Injectable()
export class AccountSessions implements OnModuleInit {
  private readonly cookie: string;
  private readonly path: string;
  private readonly secure: boolean;

  constructor(
    private readonly stored: PageSessionRepository,
    private readonly accounts: LocalAccounts,
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

  /** A new session each time, whatever cookie the browser had. */
  async open(
    request: FastifyRequest,
    reply: FastifyReply,
    account: UserAccount,
    state: AccountSessionState,
  ): Promise<AccountSession> {
    await this.end(request, reply);
    const value = randomBytes(32).toString('base64url');
    const hash = hashOpaque(value);
    await this.stored.open(hash, account.id, storedOf(account, state), accountSessionSeconds);
    this.setCookie(reply, value, accountSessionSeconds);
    return { hash, account, state };
  }

  async find({ headers }: FastifyRequest): Promise<AccountSession | undefined> {
    const value = readCookie(headers.cookie, this.cookie);
    if (value === undefined) return undefined;
    const hash = hashOpaque(value);
    const session = await this.stored.find(hash);
    const account = session && (await this.accounts.findActive(session.accountId));
    const stored = storedState.safeParse(session?.state);
    if (!account || !stored.success) return undefined;
    const { password, ...state } = stored.data;
    return password === hashOpaque(account.passwordHash) ? { hash, account, state } : undefined;
  }

  save({ hash, account }: AccountSession, state: AccountSessionState): Promise<void> {
    return this.stored.save(hash, storedOf(account, state));
  }

  async end({ headers }: FastifyRequest, reply: FastifyReply): Promise<void> {
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

const storedOf = ({ passwordHash }: UserAccount, state: AccountSessionState): z.infer<typeof storedState> => ({
  ...state,
  password: hashOpaque(passwordHash),
});
