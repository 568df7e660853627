import { Inject, Injectable } from '@nestjs/common';
import { LocalAccounts } from '../accounts/local-accounts.js';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../accounts/local-auth.options.js';
import { chooseScopes, splitScopes } from './login-scopes.js';
import { LoginTokens, type TokenResponse } from './login-tokens.js';
import { Sessions } from './sessions.js';

export interface LoginRequest {
  readonly user: string;
  readonly password: string;
  /** A part of what the user is granted. */
  readonly scope?: string;
  readonly address: string;
}

/** Opens a session: a password in, tokens out. */
@Injectable()
export class Login {
  constructor(
    private readonly accounts: LocalAccounts,
    private readonly sessions: Sessions,
    private readonly tokens: LoginTokens,
    @Inject(LOCAL_AUTH_OPTIONS) private readonly options: LocalAuthOptions,
  ) {}

  async run({ user, password, scope, address }: LoginRequest): Promise<TokenResponse> {
    const account = await this.accounts.verifyAlone(user, password, address, `${this.options.issuer}/account`);
    const scopes = chooseScopes(scope, splitScopes(account.grants), this.options.scopeWithin);
    const session = await this.sessions.open(account.id, scopes);
    return this.tokens.respond(account, scopes, session);
  }
}
