import * as oauth from 'oauth4webapi';
import { consoleBase, type ConsoleConfig } from '../server/console-config.js';
import { scopeParameter, type ScopeSource, scopeSource } from './asked-scopes.js';
import { type Claims, decodeJwt } from './claims.js';

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken?: string;
  readonly scopes: readonly string[];
  /** Scopes that the user can have here when they are asked for, as the authorization server of this server tells. Only for what is shown. */
  readonly available?: readonly string[];
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly user: string;
  readonly fhirUser?: string;
}

/** A login under way: what the page has to know when the browser comes back. */
export interface PendingLogin {
  readonly state: string;
  readonly verifier: string;
  /** Scopes of pages that it asks for. */
  readonly scopes: readonly string[];
}

/** The refresh token counts no more: whoever wants to go on has to log in again. */
export class LoginOver extends Error {}

/** The authorization server of the console, this server or another, as this client speaks with it (RFC 6749, RFC 7636, OpenID Connect). */
export class OAuth {
  private readonly client: oauth.Client;
  readonly source: ScopeSource;
  private server: Promise<oauth.AuthorizationServer> | undefined;
  readonly redirectUri = new URL('callback', consoleBase()).href;

  constructor(
    private readonly config: ConsoleConfig & Required<Pick<ConsoleConfig, 'issuer' | 'clientId'>>,
    private readonly isInsecure = new URL(config.issuer).protocol === 'http:',
  ) {
    this.source = scopeSource(config);
    // Clocks of people's computers are wrong by minutes.
    this.client = { client_id: config.clientId, [oauth.clockTolerance]: 300 };
  }

  begin(scopes: readonly string[]): PendingLogin {
    return { state: oauth.generateRandomState(), verifier: oauth.generateRandomCodeVerifier(), scopes };
  }

  /** True where more scopes can be asked for without a page: the authorization server has the origin of this page, and asks nobody what to share with it. */
  get isSilent(): boolean {
    return this.source.isOwn && new URL(this.config.issuer).origin === location.origin;
  }

  /** Where the browser logs in. `silent`: without a page, where there is a session. */
  async authorizeUrl({ state, verifier, scopes }: PendingLogin, silent = false): Promise<string> {
    const { authorization_endpoint: endpoint = '' } = await this.discover();
    const url = new URL(endpoint);
    const parameters = {
      response_type: 'code',
      client_id: this.client.client_id,
      redirect_uri: this.redirectUri,
      scope: scopeParameter(this.source, scopes),
      aud: this.config.fhirBase,
      // Auth0 and others name the server so.
      ...(this.config.audience !== undefined && { audience: this.config.audience }),
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(silent && { prompt: 'none' }),
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return url.href;
  }

  /**
   * Asks without leaving the page: the browser follows the answer to the callback, whose address has the code. For the session of this browser
   * alone. Throws {@link LoginOver} where there is none.
   */
  async askSilently(pending: PendingLogin): Promise<Tokens> {
    const url = await this.authorizeUrl(pending, true);
    const answer = await fetch(url, {
      headers: { accept: 'text/html' },
      credentials: 'same-origin',
      cache: 'no-store',
    });
    const { searchParams, href } = new URL(answer.url);
    if (!href.startsWith(`${this.redirectUri}?`) || searchParams.has('error')) throw new LoginOver();
    return this.redeem(searchParams, pending).catch((error: unknown) => {
      throw error instanceof oauth.ResponseBodyError ? new LoginOver() : error;
    });
  }

  /** Trades the code in the address that the browser came back to. */
  async redeem(query: URLSearchParams, { state, verifier }: Omit<PendingLogin, 'scopes'>): Promise<Tokens> {
    const server = await this.discover();
    const parameters = oauth.validateAuthResponse(server, this.client, query, state);
    const answer = await oauth.authorizationCodeGrantRequest(
      server,
      this.client,
      oauth.None(),
      parameters,
      this.redirectUri,
      verifier,
      this.options,
    );
    return tokensOf(await oauth.processAuthorizationCodeResponse(server, this.client, answer));
  }

  /** Throws {@link LoginOver} when the server refuses. The old refresh token is used up either way. */
  async refresh(before: Tokens & { readonly refreshToken: string }): Promise<Tokens> {
    const server = await this.discover();
    const answer = await oauth.refreshTokenGrantRequest(
      server,
      this.client,
      oauth.None(),
      before.refreshToken,
      this.options,
    );
    if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) throw new LoginOver();
    const tokens = tokensOf(await oauth.processRefreshTokenResponse(server, this.client, answer), before);
    return { refreshToken: before.refreshToken, ...tokens };
  }

  /** Ends the grant: both tokens stop at once. */
  async revoke(token: string): Promise<void> {
    const server = await this.discover();
    await oauth.revocationRequest(server, this.client, oauth.None(), token, this.options);
  }

  /** Where the browser ends its session, and comes back from where that is this server; undefined where the authorization server has no such page. */
  async logoutUrl(): Promise<string | undefined> {
    const { end_session_endpoint: endpoint } = await this.discover();
    if (endpoint === undefined) return undefined;
    const url = new URL(endpoint);
    url.searchParams.set('client_id', this.client.client_id);
    // Another authorization server may not know that address, and would then end nothing.
    if (this.config.issuer === this.config.accounts)
      url.searchParams.set('post_logout_redirect_uri', consoleBase().href);
    return url.href;
  }

  private discover(): Promise<oauth.AuthorizationServer> {
    const issuer = new URL(this.config.issuer);
    this.server ??= oauth
      .discoveryRequest(issuer, this.options)
      .then((answer) => oauth.processDiscoveryResponse(issuer, answer))
      .catch((error: unknown) => {
        this.server = undefined;
        throw error;
      });
    return this.server;
  }

  private get options() {
    return { [oauth.allowInsecureRequests]: this.isInsecure };
  }
}

function tokensOf(answer: oauth.TokenEndpointResponse, before?: Tokens): Tokens {
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: seconds = 60 } = answer;
  // An authorization server may leave out the scopes that it gave, and the ID token.
  const claims = decodeJwt(accessToken)?.payload ?? {};
  const { user, fhirUser } = userOf(oauth.getValidatedIdTokenClaims(answer) ?? claims, before);
  return {
    accessToken,
    ...(refreshToken !== undefined && { refreshToken }),
    scopes: scopesOf(answer.scope ?? claims['scope']),
    ...availableIn(answer, before),
    expiresAt: Date.now() + seconds * 1_000,
    user,
    ...(fhirUser !== undefined && { fhirUser }),
  };
}

const scopesOf = (scope: unknown): readonly string[] =>
  typeof scope === 'string' ? scope.split(' ').filter((one) => one !== '') : [];

/** A member of Lanyard's token response (docs/adr/0141). */
function availableIn(answer: oauth.TokenEndpointResponse, before: Tokens | undefined): Pick<Tokens, 'available'> {
  const { available_scopes: text } = answer;
  const available = typeof text === 'string' ? scopesOf(text) : before?.available;
  return available === undefined ? {} : { available };
}

/** From the ID token, which refreshed tokens may come without, or from the access token. */
function userOf(claims: Claims, before: Tokens | undefined): { user: string; fhirUser?: string | undefined } {
  const { sub, fhirUser } = claims;
  return {
    user: before?.user ?? (typeof sub === 'string' ? sub : '?'),
    fhirUser: typeof fhirUser === 'string' ? fhirUser : before?.fhirUser,
  };
}
