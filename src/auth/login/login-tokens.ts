import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { createLocalJWKSet, errors, jwtVerify, SignJWT } from 'jose';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../accounts/local-auth.options.js';
import type { OpenSession } from './sessions.js';
import { SigningKeys } from '../keys/signing-keys.js';
import type { UserAccount } from '../storage/user-account.repository.js';
import { withholdingClaims } from '../accounts/withholding-claims.js';

/** Client id of `/login`: the client that the user typed the password for. */
export const loginClientId = 'lanyard-login';

/** Claims of an access token, apart from its ids. */
export interface LoginClaims {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  readonly client_id: string;
  readonly scope: string;
  readonly iat: number;
  readonly exp: number;
  readonly fhirUser?: string;
  readonly clearance?: string;
  readonly break_glass?: true;
  readonly consent_exempt?: true;
  readonly own_ids?: true;
  /** What all requests with the token are for. */
  readonly purpose_of_use?: string;
}

/** https://www.rfc-editor.org/rfc/rfc6749#section-5.1, with the claims that a newcomer would decode the token for. */
export interface TokenResponse {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  readonly refresh_token: string;
  readonly scope: string;
  readonly sub: string;
  readonly iat: number;
  readonly exp: number;
}

export interface OwnToken {
  readonly tokenId: string;
  readonly sessionId?: string;
  readonly expiresAt: number;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Access tokens of the login family, https://www.rfc-editor.org/rfc/rfc9068 */
@Injectable()
export class LoginTokens {
  constructor(
    private readonly keys: SigningKeys,
    @Inject(LOCAL_AUTH_OPTIONS) private readonly options: LocalAuthOptions,
  ) {}

  claimsFor(account: UserAccount, scopes: readonly string[]): LoginClaims {
    const { issuer, fhirBase, tokenTtl } = this.options;
    const iat = Math.floor(Date.now() / 1_000);
    return {
      iss: issuer,
      aud: fhirBase,
      sub: account.name,
      client_id: loginClientId,
      scope: scopes.join(' '),
      iat,
      exp: iat + tokenTtl,
      ...(account.fhirUser !== null && { fhirUser: `${fhirBase}/${account.fhirUser}` }),
      ...withholdingClaims(account),
    };
  }

  async respond(account: UserAccount, scopes: readonly string[], session: OpenSession): Promise<TokenResponse> {
    const claims = this.claimsFor(account, scopes);
    const { sub, iat, exp, scope } = claims;
    return {
      access_token: await this.sign(claims, session),
      token_type: 'Bearer',
      expires_in: exp - iat,
      refresh_token: session.refreshToken,
      scope,
      sub,
      iat,
      exp,
    };
  }

  /** `tokenId`: where it has to be known. */
  async sign(
    claims: LoginClaims,
    { sessionId, tokenId = randomUUID() }: { readonly sessionId: string; readonly tokenId?: string },
  ): Promise<string> {
    const { kid, alg, privateKey } = await this.keys.current();
    return new SignJWT({ ...claims, jti: tokenId, sid: sessionId })
      .setProtectedHeader({ alg, kid, typ: 'at+jwt' })
      .sign(privateKey);
  }

  /** An access token that this server signed and that has not expired, for itself or for any server; undefined for any other text. */
  async read(token: string, audience: 'this-server' | 'any-server' = 'this-server'): Promise<OwnToken | undefined> {
    const { issuer, fhirBase, clockSkewSeconds } = this.options;
    const keys = await this.keys.published();
    try {
      const { payload } = await jwtVerify(token, createLocalJWKSet({ keys: [...keys] }), {
        issuer,
        ...(audience === 'this-server' && { audience: fhirBase }),
        typ: 'at+jwt',
        algorithms: ['RS256'],
        clockTolerance: clockSkewSeconds,
        requiredClaims: ['jti', 'exp'],
      });
      const { jti = '', exp = 0, sid } = payload as { jti?: string; exp?: number; sid?: unknown };
      return { tokenId: jti, expiresAt: exp, claims: payload, ...(typeof sid === 'string' && { sessionId: sid }) };
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }
}
