import { consoleBase, type ConsoleConfig } from '../server/console-config.js';
import type { TokenSource } from '../server/fhir-client.js';
import { setPreference } from '../preferences.js';
import { decodeJwt } from './claims.js';
import { LoginOver, OAuth, type PendingLogin, type Tokens } from './oauth.js';
import { scopesToAsk } from './asked-scopes.js';
import { scopesAt } from './page-scopes.js';
import { keepPending } from './pending.js';
import { covers, overlaps } from './rights.js';

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
  private asking: Promise<void> = Promise.resolve();
  /** Logins under way in other windows, by their state. */
  private readonly again = new Map<string, PendingLogin>();
  /** Scopes of pages that were asked for in this login, given or not. */
  private asked: readonly string[] = [];
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

  /** Sends the browser to log in; it comes back to `returnTo`, an address below the console, and asks for the scopes of its page, and `scopes`. */
  async signIn(
    returnTo: string,
    { isSilent = false, scopes = [] }: { readonly isSilent?: boolean; readonly scopes?: readonly string[] } = {},
  ): Promise<void> {
    const pending = this.need.begin([...scopesAt(returnTo), ...scopes]);
    keepPending({ ...pending, returnTo });
    location.assign(await this.need.authorizeUrl(pending, isSilent));
  }

  /** The address at which to log in again in another window, while this page stays as it is; `scopes` are asked for too. */
  async signInAgainUrl(scopes: readonly string[] = []): Promise<string> {
    const pending = this.need.begin([...this.asked, ...scopes]);
    this.again.set(pending.state, pending);
    return this.need.authorizeUrl(pending);
  }

  async finish(query: URLSearchParams, pending: PendingLogin): Promise<void> {
    const tokens = await this.need.redeem(query, pending);
    setPreference('has-session', '1');
    this.enter(tokens, pending);
  }

  /** Scopes that the login has or can have, as far as that is known: it decides what is shown, and the server what is given. */
  mayHave(): readonly string[] {
    const { login } = this;
    if (login.state !== 'in') return [];
    const { scopes, available } = login.tokens;
    if (login.isBrought || !this.oauth) return scopes;
    const { isOwn, configured } = this.oauth.source;
    return [...scopes, ...((isOwn && available) || configured)];
  }

  /** Scopes that are still to be asked for, of those that a page needs. */
  toAsk(needed: readonly string[]): readonly string[] {
    const { login, asked } = this;
    if (login.state !== 'in' || login.isBrought || !this.oauth) return [];
    return scopesToAsk(needed, { limit: this.mayHave(), asked, held: login.tokens.scopes });
  }

  /** Scopes that were asked for and not given, of those that a page needs. */
  notGiven(needed: readonly string[]): readonly string[] {
    const { login, asked } = this;
    if (login.state !== 'in' || login.isBrought) return [];
    const limit = this.mayHave();
    return needed.filter(
      (scope) => overlaps(limit, scope) && covers(asked, scope) && !overlaps(login.tokens.scopes, scope),
    );
  }

  /**
   * Asks for scopes that are still to be asked for, where that takes no page; nothing is asked elsewhere. One at a time, and not while a token
   * is renewed. Throws where the server was not reached or the login is over.
   */
  ensure(needed: readonly string[], isAgain = false): Promise<void> {
    const next = this.asking.then(async () => {
      await this.refreshing;
      const scopes = isAgain ? needed : this.toAsk(needed);
      if (scopes.length > 0 && this.oauth?.isSilent) await this.askSilently(scopes);
    });
    this.asking = next.catch(() => undefined);
    return next;
  }

  private async askSilently(more: readonly string[]): Promise<void> {
    const { login } = this;
    if (login.state !== 'in') return;
    const pending = this.need.begin([...new Set([...this.asked, ...more])]);
    try {
      const tokens = await this.need.askSilently(pending);
      // Somebody else has logged in in another window: nothing of this page is done in the name of that user.
      if (tokens.user !== login.tokens.user) throw new LoginOver();
      this.enter(tokens, pending);
    } catch (error) {
      if (error instanceof LoginOver) this.end();
      throw error;
    }
  }

  private enter(tokens: Tokens, { scopes }: PendingLogin): void {
    this.asked = scopes;
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

  /** One at a time: a refresh token counts once. Not while more is asked for: that ends this one. */
  private async renew(): Promise<string | undefined> {
    const { login } = this;
    await this.asking;
    if (this.login !== login) return this.login.state === 'in' ? this.login.tokens.accessToken : undefined;
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
      return error instanceof LoginOver ? this.replaced() : undefined;
    }
  }

  /** In place of a token whose grant is over: another window asked for more, so a wider grant took its place. */
  private async replaced(): Promise<string | undefined> {
    if (!this.oauth?.isSilent) {
      this.end();
      return undefined;
    }
    try {
      await this.askSilently([]);
    } catch {
      return undefined;
    }
    const { login } = this;
    return login.state === 'in' ? login.tokens.accessToken : undefined;
  }

  /** The tokens count no more; what the page shows stays. */
  end(): void {
    const { login } = this;
    if (login.state === 'in') this.set({ state: 'ended', user: login.tokens.user, isBrought: login.isBrought });
  }

  private async finishAgain(query: URLSearchParams): Promise<void> {
    const state = query.get('state') ?? '';
    const again = this.again.get(state);
    if (!again) return;
    this.again.delete(state);
    if (query.has('error')) {
      // Asked for, and refused there: the page says so, and does not ask by itself again.
      this.asked = again.scopes;
      this.set({ ...this.login });
    } else await this.finish(query, again);
  }

  private forget(): void {
    setPreference('has-session', undefined);
    this.asked = [];
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
