import { Inject, Injectable } from '@nestjs/common';
import { LocalAccounts } from '../accounts/local-accounts.js';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../accounts/local-auth.options.js';
import { chooseScopes, splitScopes } from './login-scopes.js';
import { LoginTokens, type TokenResponse } from './login-tokens.js';
import { refreshTokenInvalid, Sessions } from './sessions.js';

/** https://www.rfc-editor.org/rfc/rfc6749#section-6 with rotation, RFC 9700 section 4.14. */
@Injectable()
export class SessionRefresh {
  constructor(
    private readonly accounts: LocalAccounts,
    private readonly sessions: Sessions,
    private readonly tokens: LoginTokens,
    @Inject(LOCAL_AUTH_OPTIONS) private readonly options: LocalAuthOptions,
  ) {}

  async run(token: string, scope?: string): Promise<TokenResponse> {
    const session = await this.sessions.findByRefreshToken(token);
    if (!session) throw refreshTokenInvalid('This server does not know the refresh token.');
    const account = await this.accounts.findActive(session.userId);
    if (!account) {
      await this.sessions.end(session.id);
      throw refreshTokenInvalid('The account of this refresh token is disabled.');
    }
    // Grants may have shrunk since the login, and a session never outgrows them.
    const held = chooseScopes(session.scopes, splitScopes(account.grants), this.options.scopeWithin);
    const scopes = chooseScopes(scope, held, this.options.scopeWithin);
    // Last, so that a refused wish does not use the token up.
    const refreshToken = await this.sessions.rotate(token);
    return this.tokens.respond(account, scopes, { sessionId: session.id, refreshToken });
  }
}
