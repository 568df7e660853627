import type { IncomingMessage, ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../../oauth2-options.js';
import { Grants } from '../grants.js';
import { type OidcProvider, OidcProviders } from '../oidc-providers.js';
import { sessionCookie, sessionSeconds } from '../provider-configuration.js';

/** Who is logged in in a browser, since when (seconds since 1970) and how. */
export interface BrowserLogin {
  readonly account: string;
  readonly authenticatedAt: number;
  readonly amr: readonly string[];
}

/** A {@link BrowserLogin} by the id that its session keeps. */
export interface OpenLogin extends BrowserLogin {
  readonly uid: string;
}

type Session = InstanceType<OidcProvider['Session']>;

/**
 * The login of a browser, one for the pages of apps and those of the account: the session of oidc-provider (docs/adr/0074). Its cookie is
 * signed, and is another one after each login.
 */
@Injectable()
export class BrowserLogins {
  constructor(
    private readonly providers: OidcProviders,
    private readonly grants: Grants,
    @Inject(OAUTH2_OPTIONS) private readonly options: Pick<Oauth2Options, 'issuer'>,
  ) {}

  /** The login that the cookie of a request stands for. */
  async of(request: IncomingMessage): Promise<OpenLogin | undefined> {
    const session = await this.sessionOf(await this.providers.current(), request);
    return session && loginOf(session);
  }

  /** True while this login of this account lives, in whatever browser. */
  async isOpen(uid: string, account: string): Promise<boolean> {
    const session = await (await this.providers.current()).Session.findByUid(uid);
    return session?.accountId === account;
  }

  /** Logs the browser in. What it was logged in as before ends, unless it is the same account; its id is new in any case. */
  async open(request: FastifyRequest, reply: FastifyReply, login: BrowserLogin): Promise<OpenLogin> {
    const provider = await this.providers.current();
    const before = await this.sessionOf(provider, request.raw);
    const isSame = before?.accountId === login.account;
    if (before && !isSame) await this.destroy(before);
    const session = before && isSame ? before : new provider.Session();
    if (before && isSame) session.resetIdentifier();
    const { account: accountId, authenticatedAt: loginTs, amr } = login;
    session.loginAccount({ accountId, loginTs, amr: [...amr] });
    await session.save(sessionSeconds);
    this.setCookie(provider, request, reply, session.jti);
    return { ...login, uid: session.uid };
  }

  /** Logs the browser out: grants that last as long as the session end with it. */
  async end(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const provider = await this.providers.current();
    const session = await this.sessionOf(provider, request.raw);
    if (!session) return;
    await this.destroy(session);
    this.setCookie(provider, request, reply, null);
  }

  /** Ends the login of this browser if it is not that of the account. */
  async leaveOthers(request: IncomingMessage, account: string): Promise<void> {
    const session = await this.sessionOf(await this.providers.current(), request);
    if (session && session.accountId !== account) await this.destroy(session);
  }

  private async destroy(session: Session): Promise<void> {
    await this.grants.endAllOfSession(session.uid);
    await session.destroy();
  }

  private async sessionOf(provider: OidcProvider, req: IncomingMessage): Promise<Session | undefined> {
    const ctx = { req, res: new CookieLines(), secure: this.isSecure };
    const session = await provider.Session.get(ctx as unknown as KoaContextWithOIDC);
    return session.accountId === undefined ? undefined : session;
  }

  /** `null` takes it away. */
  private setCookie(provider: OidcProvider, request: FastifyRequest, reply: FastifyReply, value: string | null): void {
    const lines = new CookieLines();
    const { cookies } = provider.createContext(request.raw, lines as unknown as ServerResponse);
    cookies.secure = this.isSecure;
    const { pathname: path } = new URL(this.options.issuer);
    const expires = new Date(Date.now() + sessionSeconds * 1_000);
    const kept = { signed: true, httpOnly: true, sameSite: 'lax', secure: this.isSecure, path } as const;
    cookies.set(sessionCookie, value, value === null ? kept : { ...kept, expires });
    const before = [reply.getHeader('set-cookie') ?? []].flat().map(String);
    const others = before.filter((line) => !line.startsWith(sessionCookie));
    void reply.removeHeader('set-cookie');
    void reply.header('set-cookie', [...others, ...lines.getHeader()]);
  }

  private get isSecure(): boolean {
    return new URL(this.options.issuer).protocol === 'https:';
  }
}

/** As much of an answer as the library of cookies needs: what it sets goes out with Fastify's. */
class CookieLines {
  private lines: readonly string[] = [];

  getHeader(): string[] {
    return [...this.lines];
  }

  setHeader(_name: string, lines: string | readonly string[]): void {
    this.lines = [lines].flat();
  }
}

const loginOf = ({ uid, accountId, loginTs = 0, amr = [] }: Session): OpenLogin | undefined =>
  accountId === undefined ? undefined : { uid, account: accountId, authenticatedAt: loginTs, amr };
