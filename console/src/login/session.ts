import { consoleBase, type ConsoleConfig } from '../server/console-config.js';
import type { TokenSource } from '../server/fhir-client.js';
import { setPreference } from '../preferences.js';
import { decodeJwt } from './claims.js';
import { LoginOver, OAuth, type PendingLogin, type Tokens } from './oauth.js';
import { keepPending } from './pending.js';

/** Who is logged in. `ended`: the login of this user is over, and what the page shows stays. */
export type Login =
  | { readonly state: 'out' }
  | { readonly state: 'in'; readonly tokens: Tokens; readonly isBrought: boolean }
  | { readonly state: 'ended'; readonly user: string; readonly isBrought: boolean };

/** A new token is asked for this long before the old one ends. */
const aheadMs = 60_000;
/** Windows of this console tell each other of codes and logouts; consoles of other tenants have the same origin. */
const channelName = (): string => `lanyard-console ${consoleBase().pathname}`;

export type ChannelMessage = { readonly kind: 'code'; readonly query: string } | { readonly kind: 'logout' };

/** The login of this page. Tokens are in its memory and nowhere else. */
export class Session implements TokenSource {
  private login: Login = { state: 'out' };
  private readonly listeners = new Set<() => void>();
  private refreshing: Promise<string | undefined> | undefined;
  private again: PendingLogin | undefined;
  private readonly channel = new BroadcastChannel(channelName());
  readonly oauth: OAuth | undefined;

  constructor({ issuer, clientId, ...config }: ConsoleConfig) {
    if (issuer !== undefined && clientId !== undefined) this.oauth = new OAuth({ ...config, issuer, clientId });
    this.channel.addEventListener('message', ({ data }: MessageEvent<ChannelMessage>) => {
      if (data.kind === 'logout') this.forget();
      else void this.finishAgain(new URLSearchParams(data.query));
    });
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly current = (): Login => this.login;

  /** Sends the browser to log in; it comes back to `returnTo`, an address below the console. */
  async signIn(returnTo: string, silent = false): Promise<void> {
    const pending = this.need.begin();
    keepPending({ ...pending, returnTo });
    location.assign(await this.need.authorizeUrl(pending, silent));
  }

  /** The address at which to log in again in another window, while this page stays as it is. */
  async signInAgainUrl(): Promise<string> {
    this.again = this.need.begin();
    return this.need.authorizeUrl(this.again);
  }

  async finish(query: URLSearchParams, pending: PendingLogin): Promise<void> {
    const tokens = await this.need.redeem(query, pending);
    setPreference('has-session', '1');
    this.set({ state: 'in', tokens, isBrought: false });
  }

  /** Uses a token that somebody brought, as it is: it is not renewed. */
  bring(accessToken: string): void {
    const { sub, scope, exp } = decodeJwt(accessToken)?.payload ?? {};
    const scopes = typeof scope === 'string' ? scope.split(' ').filter((one) => one !== '') : [];
    const expiresAt = typeof exp === 'number' ? exp * 1_000 : Number.POSITIVE_INFINITY;
    const user = typeof sub === 'string' ? sub : '?';
    this.set({ state: 'in', isBrought: true, tokens: { accessToken, scopes, expiresAt, user } });
  }

  /** Ends the grant here, and the session on the server's page that the browser goes to. */
  async signOut(): Promise<void> {
    const { login } = this;
    this.forget();
    this.channel.postMessage({ kind: 'logout' } satisfies ChannelMessage);
    if (login.state !== 'in' || login.isBrought || !this.oauth) return;
    const { refreshToken, accessToken } = login.tokens;
    // The session ends on the next page all the same.
    await this.oauth.revoke(refreshToken ?? accessToken).catch(() => undefined);
    const url = await this.oauth.logoutUrl().catch(() => undefined);
    if (url !== undefined) location.assign(url);
  }

  async token(): Promise<string | undefined> {
    const { login } = this;
    if (login.state !== 'in') return undefined;
    if (login.tokens.expiresAt - Date.now() > aheadMs) return login.tokens.accessToken;
    return (await this.renew()) ?? login.tokens.accessToken;
  }

  async refused(token: string): Promise<string | undefined> {
    const { login } = this;
    if (login.state !== 'in') return undefined;
    // Another request has renewed it meanwhile.
    if (login.tokens.accessToken !== token) return login.tokens.accessToken;
    const next = await this.renew();
    if (next === undefined) this.end();
    return next;
  }

  /** One at a time: a refresh token counts once. */
  private renew(): Promise<string | undefined> {
    this.refreshing ??= this.refreshNow().finally(() => {
      this.refreshing = undefined;
    });
    return this.refreshing;
  }

  private async refreshNow(): Promise<string | undefined> {
    const { login } = this;
    if (login.state !== 'in') return undefined;
    const { refreshToken } = login.tokens;
    if (refreshToken === undefined || !this.oauth) return undefined;
    try {
      const tokens = await this.oauth.refresh({ ...login.tokens, refreshToken });
      this.set({ ...login, tokens });
      return tokens.accessToken;
    } catch (error) {
      // The network may be back for the next request.
      if (error instanceof LoginOver) this.end();
      return undefined;
    }
  }

  /** The tokens count no more; what the page shows stays. */
  end(): void {
    const { login } = this;
    if (login.state === 'in') this.set({ state: 'ended', user: login.tokens.user, isBrought: login.isBrought });
  }

  private async finishAgain(query: URLSearchParams): Promise<void> {
    const { again } = this;
    if (!again || query.get('state') !== again.state) return;
    this.again = undefined;
    await this.finish(query, again);
  }

  private forget(): void {
    setPreference('has-session', undefined);
    this.set({ state: 'out' });
  }

  private set(login: Login): void {
    this.login = login;
    for (const listener of this.listeners) listener();
  }

  private get need(): OAuth {
    if (!this.oauth) throw new Error('This server has no login.');
    return this.oauth;
  }
}

/** Hands the code to the window that waits for it. */
export function handOver(query: string): void {
  const channel = new BroadcastChannel(channelName());
  channel.postMessage({ kind: 'code', query } satisfies ChannelMessage);
  channel.close();
}
