import { Inject, Injectable } from '@nestjs/common';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../accounts/local-auth.options.js';
import type { LocalIssuer, PublicKey } from '../accounts/local-issuer.js';
import { isDatabaseAway } from '../../database/database-away.js';
import { LoginUnavailable } from './login-unavailable.js';
import { PasswordPrincipals } from './password-principals.js';
import type { Principal } from '../principal.js';
import { Revocations } from '../accounts/revocations.js';
import { SigningKeys } from '../keys/signing-keys.js';

/** The local accounts, as token checks see them. */
@Injectable()
export class LoginIssuer implements LocalIssuer {
  readonly issuer: string;

  constructor(
    private readonly keys: SigningKeys,
    private readonly revocations: Revocations,
    private readonly passwords: PasswordPrincipals,
    @Inject(LOCAL_AUTH_OPTIONS) { issuer }: LocalAuthOptions,
  ) {
    this.issuer = issuer;
  }

  publicKeys(): Promise<readonly PublicKey[]> {
    return this.keys.published();
  }

  isRevoked(token: { readonly tokenId?: string; readonly sessionId?: string }): boolean | Promise<boolean> {
    return this.revocations.isRevoked(token);
  }

  async principalOfPassword(user: string, password: string, address: string): Promise<Principal> {
    try {
      return await this.passwords.find(user, password, address);
    } catch (error) {
      throw isDatabaseAway(error) ? new LoginUnavailable() : error;
    }
  }
}
