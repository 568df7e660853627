import * as oauth from 'oauth4webapi';
import { consoleBase, type ConsoleConfig } from '../server/console-config.js';
import { type Claims, decodeJwt } from './claims.js';

/** Everything that the console may do; a user gets what of it the user may do (docs/console.md). */
const scopeOf = ({ tenants, scopes }: Pick<ConsoleConfig, 'tenants' | 'scopes'>): string =>
  scopes ??
  `openid fhirUser online_access user/*.cruds user/AuditEvent.rs admin/*.cruds${tenants === true ? ' operator/*.cruds' : ''}`;

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken?: string;
  readonly scopes: readonly string[];
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly user: string;
  readonly fhirUser?: string;
}

/** A login under way: what the page has to know when the browser comes back. */
export interface PendingLogin {
  readonly state: string;
  readonly verifier: string;
}

/** The refresh token counts no more: whoever wants to go on has to log in again. */
export class LoginOver extends Error {}

/** The authorization server of the console, this server or another, as this client speaks with it (RFC 6749, RFC 7636, OpenID Connect). */
export class OAuth {
  private readonly client: oauth.Client;
  private server: Promise<oauth.AuthorizationServer> | undefined;
  readonly redirectUri = new URL('callback', consoleBase()).href;

  constructor(
    private readonly config: ConsoleConfig & Required<Pick<ConsoleConfig, 'issuer' | 'clientId'>>,
    private readonly isInsecure = new URL(config.issuer).protocol === 'http:',
  ) {
    // Clocks of people's computers are wrong by minutes.
    this.client = { client_id: config.clientId, [oauth.clockTolerance]: 300 };
  }

  begin(): PendingLogin {
    return { state: oauth.generateRandomState(), verifier: oauth.generateRandomCodeVerifier() };
  }

  /** Where the browser logs in. `silent`: without a page, where there is a session. */
  async authorizeUrl({ state, verifier }: PendingLogin, silent = false): Promise<string> {
    const { authorization_endpoint: endpoint = '' } = await this.discover();
    const url = new URL(endpoint);
    const parameters = {
      response_type: 'code',
      client_id: this.client.client_id,
      redirect_uri: this.redirectUri,
      scope: scopeOf(this.config),
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

  /** Trades the code in the address that the browser came back to. */
  async redeem(query: URLSearchParams, { state, verifier }: PendingLogin): Promise<Tokens> {
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
    expiresAt: Date.now() + seconds * 1_000,
    user,
    ...(fhirUser !== undefined && { fhirUser }),
  };
}

const scopesOf = (scope: unknown): readonly string[] =>
  typeof scope === 'string' ? scope.split(' ').filter((one) => one !== '') : [];

/** From the ID token, which refreshed tokens may come without, or from the access token. */
function userOf(claims: Claims, before: Tokens | undefined): { user: string; fhirUser?: string | undefined } {
  const { sub, fhirUser } = claims;
  return {
    user: before?.user ?? (typeof sub === 'string' ? sub : '?'),
    fhirUser: typeof fhirUser === 'string' ? fhirUser : before?.fhirUser,
  };
}
