import { Inject, Injectable, Logger } from '@nestjs/common';
import * as openid from 'openid-client';
import { hashOpaque } from '../../auth/hash-opaque.js';
import { LoginProviderAttemptRepository, type AttemptSecrets } from '../storage/login-provider-attempt.repository.js';
import { cookieNameOf, loginCookie, readCookie } from './login-cookie.js';
import { LOGIN_PROVIDER_OPTIONS, type LoginProviderOptions } from './login-provider-options.js';
import { UpstreamAccounts } from './upstream-accounts.js';
import { describeFailure, upstreamFailure } from './upstream-failure.js';
import { attemptUnknown, providerAway, unknownProvider } from './upstream-login-failed.js';
import { UpstreamProvider } from './upstream-provider.js';
import { subjectSyntax, type UpstreamClaims } from './upstream-user.js';

/** Seconds that a user may take at the provider. */
const attemptSeconds = 600;

export interface UpstreamStart {
  /** The user has to show again who they are: a session there is not enough. */
  readonly again?: boolean;
}

export interface UpstreamRedirect {
  readonly redirect: URL;
  /** A `Set-Cookie` value: the browser that starts is the browser that may finish. */
  readonly cookie: string;
}

/** The browser's way back from a provider. */
export interface UpstreamAnswer {
  /** Id of the provider whose callback address was used. */
  readonly id: string;
  /** The interaction that the browser has open. */
  readonly uid: string;
  /** The query as it came. */
  readonly query: string;
  readonly cookies: string | undefined;
}

/** Account that logged in, and the `Set-Cookie` value that deletes the login's cookie. */
export interface UpstreamLogin {
  readonly account: string;
  readonly cookie: string;
}

/** Logins at upstream OpenID providers: authorization code, PKCE, state and nonce, all kept in PostgreSQL. */
@Injectable()
export class LoginProviders {
  private readonly logger = new Logger(LoginProviders.name);
  private readonly providers: ReadonlyMap<string, UpstreamProvider>;

  constructor(
    @Inject(LOGIN_PROVIDER_OPTIONS) private readonly options: LoginProviderOptions,
    private readonly attempts: LoginProviderAttemptRepository,
    private readonly accounts: UpstreamAccounts,
  ) {
    this.providers = new Map(options.providers.map((settings) => [settings.id, new UpstreamProvider(settings)]));
  }

  /** For the buttons of the login page, in the order of the settings. */
  list(): readonly { readonly id: string; readonly name: string }[] {
    return this.options.providers.map(({ id, name }) => ({ id, name }));
  }

  /** Address of the button for a provider: a link, since browsers hold redirects after a form to `form-action`. */
  startAddress(id: string, uid: string): string {
    return `${this.pageAddress(uid)}/login/${encodeURIComponent(id)}`;
  }

  pageAddress(uid: string): string {
    return `${this.options.issuer}/interaction/${encodeURIComponent(uid)}`;
  }

  /** Sends the browser away. The caller has made sure that the interaction is this browser's. */
  async start(id: string, uid: string, { again = false }: UpstreamStart = {}): Promise<UpstreamRedirect> {
    const provider = this.find(id);
    const configuration = await this.configurationOf(provider);
    const [state, browser, nonce] = [openid.randomState(), openid.randomState(), openid.randomNonce()];
    const codeVerifier = openid.randomPKCECodeVerifier();
    const stateHash = hashOpaque(state);
    const attempt = {
      stateHash,
      provider: id,
      interaction: uid,
      browserHash: hashOpaque(browser),
      nonce,
      codeVerifier,
    };
    await this.attempts.insert(attempt, attemptSeconds);
    const redirect = openid.buildAuthorizationUrl(configuration, {
      ...provider.settings.parameters,
      ...(again && { prompt: 'login' }),
      redirect_uri: this.callbackOf(id),
      scope: provider.settings.scopes.join(' '),
      state,
      nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
    });
    return { redirect, cookie: loginCookie(cookieNameOf(stateHash), browser, attemptSeconds, this.options) };
  }

  /** The interaction to go on with; whether the answer is good is for {@link complete} to find out. */
  async findInteraction(id: string, query: string): Promise<string> {
    this.find(id);
    const uid = await this.attempts.findInteraction(hashOpaque(stateOf(query)), id);
    if (uid === undefined) throw attemptUnknown();
    return uid;
  }

  /** Finishes what {@link start} began, in whichever process; nothing of it works twice. */
  async complete({ id, uid, query, cookies }: UpstreamAnswer): Promise<UpstreamLogin> {
    const provider = this.find(id);
    const state = stateOf(query);
    const stateHash = hashOpaque(state);
    const cookieName = cookieNameOf(stateHash);
    const browser = readCookie(cookies, cookieName);
    if (browser === undefined) throw attemptUnknown();
    const key = { stateHash, provider: id, interaction: uid, browserHash: hashOpaque(browser) };
    const secrets = await this.attempts.consume(key);
    if (!secrets) throw attemptUnknown();
    const { subject, claims } = await this.exchange(provider, { ...secrets, state, query });
    const account = await this.accounts.accountFor(provider.settings, subject, claims);
    return { account, cookie: loginCookie(cookieName, '', 0, this.options) };
  }

  private async exchange(
    provider: UpstreamProvider,
    { nonce, codeVerifier, state, query }: AttemptSecrets & { readonly state: string; readonly query: string },
  ): Promise<{ readonly subject: string; readonly claims: UpstreamClaims }> {
    const configuration = await this.configurationOf(provider);
    const { id, userinfo } = provider.settings;
    try {
      const tokens = await openid.authorizationCodeGrant(configuration, new URL(this.callbackOf(id) + query), {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: codeVerifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (!claims || !subjectSyntax.test(claims.sub) || claims.iss !== provider.settings.issuer)
        throw new openid.ClientError('the ID token names no subject of this issuer');
      const more = userinfo ? await openid.fetchUserInfo(configuration, tokens.access_token, claims.sub) : {};
      return { subject: claims.sub, claims: { ...more, ...claims } };
    } catch (error) {
      throw upstreamFailure(error, provider.settings, this.logger);
    }
  }

  private async configurationOf(provider: UpstreamProvider): Promise<openid.Configuration> {
    try {
      return await provider.configuration();
    } catch (error) {
      const { id, name } = provider.settings;
      this.logger.warn(`Login provider ${id} cannot be used: ${describeFailure(error)}`);
      throw providerAway(name);
    }
  }

  private callbackOf(id: string): string {
    return `${this.options.issuer}/login/${id}/callback`;
  }

  private find(id: string): UpstreamProvider {
    const provider = this.providers.get(id);
    if (!provider) throw unknownProvider();
    return provider;
  }
}

/** The one `state` of an answer; with two of them, two readers could take different ones. */
function stateOf(query: string): string {
  const states = new URLSearchParams(query).getAll('state');
  if (states.length !== 1 || states[0] === '') throw attemptUnknown();
  return states[0]!;
}
