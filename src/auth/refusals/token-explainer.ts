import { Inject, Injectable } from '@nestjs/common';
import { AUTH_OPTIONS, type AuthOptions } from '../auth-options.js';
import type { Authentication } from '../authentication.js';
import { Authenticator } from '../authenticator.js';
import { examineToken, type ExaminedToken } from '../token/examine-token.js';
import { TrustedIssuers } from '../issuers/trusted-issuers.js';

/** A token, check by check, and what a request that sends it is told. */
export interface TokenReport extends ExaminedToken {
  /** Result of authentication; absent if unknown: then only `claimed` is there. */
  readonly authentication?: Authentication;
}

/** Explains tokens by the very checks that requests go through; holders of a token learn the same by sending it. */
@Injectable()
export class TokenExplainer {
  constructor(
    @Inject(AUTH_OPTIONS) private readonly options: AuthOptions,
    private readonly authenticator: Authenticator,
    private readonly issuers: TrustedIssuers,
  ) {}

  async explain(token: string): Promise<TokenReport> {
    const authentication = await this.authenticator.explain(token);
    const examined = examineToken(token, this.options, (issuer) => this.issuers.find(issuer));
    return { ...examined, authentication, checks: authentication.checks ?? [] };
  }
}
