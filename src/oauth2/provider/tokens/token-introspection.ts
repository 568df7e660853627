import { Inject, Injectable } from '@nestjs/common';
import { LoginTokens, type OwnToken } from '../../../auth/login/login-tokens.js';
import type { Principal } from '../../../auth/principal.js';
import { Revocations } from '../../../auth/accounts/revocations.js';
import { OauthClients } from '../../clients/oauth-client.js';
import { sameUrl } from '../../clients/same-url.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../../oauth2-options.js';
import { Grants } from '../grants.js';
import { launchMembers } from './launch-members.js';
import { OauthRefreshTokens } from './oauth-refresh-tokens.js';

export type Introspection = { readonly active: boolean } & Readonly<Record<string, unknown>>;

/** The only answer for a token that is unknown, expired, or not for this caller (RFC 7662 2.2). */
const inactive: Introspection = { active: false };

/** https://www.rfc-editor.org/rfc/rfc7662 with the members of SMART App Launch 2.2, "Token Introspection". */
@Injectable()
export class TokenIntrospection {
  constructor(
    private readonly tokens: LoginTokens,
    private readonly refreshTokens: OauthRefreshTokens,
    private readonly revocations: Revocations,
    private readonly grants: Grants,
    private readonly clients: OauthClients,
    @Inject(OAUTH2_OPTIONS) private readonly options: Oauth2Options,
  ) {}

  /** For a client that has proved who it is: its own tokens, and what it is registered for. */
  async answerTo(clientId: string, token: string): Promise<Introspection> {
    const answer = await this.answer(token);
    return answer['client_id'] === clientId || (await this.isForClient(clientId, answer)) ? answer : inactive;
  }

  /** For the bearer of an access token: what its client may, and of its own tokens only those of the same subject. */
  async answerToBearer({ clientId, subject, local }: Principal, token: string): Promise<Introspection> {
    if (clientId === undefined || !local) return inactive;
    const answer = await this.answer(token);
    if (await this.isForClient(clientId, answer)) return answer;
    return answer['client_id'] === clientId && answer['sub'] === subject ? answer : inactive;
  }

  /** A client with `resources` may ask about access tokens for these, one with `introspects` alone about any token (docs/adr/0039). */
  private async isForClient(clientId: string, { aud }: Introspection): Promise<boolean> {
    const client = await this.clients.find(clientId);
    if (!client?.resources) return client?.introspects === true;
    return typeof aud === 'string' && client.resources.some((resource) => sameUrl(resource, aud));
  }

  /** Introspects a token for any caller. */
  async answer(token: string): Promise<Introspection> {
    const own = await this.tokens.read(token, 'any-server');
    return own ? this.ofAccessToken(own) : this.ofRefreshToken(token);
  }

  private async ofAccessToken({ tokenId, sessionId, expiresAt, claims }: OwnToken): Promise<Introspection> {
    const isRevoked = await this.revocations.isRevoked({ tokenId, ...(sessionId !== undefined && { sessionId }) });
    if (isRevoked || expiresAt <= Date.now() / 1000) return inactive;
    const grant = sessionId === undefined ? undefined : await this.grants.find(sessionId);
    const { sub, scope, client_id, iss, aud, iat, exp, jti, fhirUser } = claims;
    return {
      active: true,
      sub,
      scope,
      client_id,
      iss,
      aud,
      iat,
      exp,
      jti,
      token_type: 'Bearer',
      ...(fhirUser !== undefined && { fhirUser }),
      ...(grant && launchMembers(grant.context)),
    };
  }

  private async ofRefreshToken(token: string): Promise<Introspection> {
    const found = await this.refreshTokens.find(token);
    if (!found) return inactive;
    const { clientId, account, scope, expiresAt, issuedAt, context } = found;
    return {
      active: true,
      sub: account,
      scope,
      client_id: clientId,
      iss: this.options.issuer,
      iat: issuedAt,
      exp: expiresAt,
      token_use: 'refresh_token',
      ...launchMembers(context),
    };
  }
}
