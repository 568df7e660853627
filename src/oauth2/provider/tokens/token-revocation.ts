import { Injectable } from '@nestjs/common';
import { LoginTokens } from '../../../auth/login/login-tokens.js';
import { Revocations } from '../../../auth/accounts/revocations.js';
import { OauthClients } from '../../clients/oauth-client.js';
import { Grants, type OauthGrant } from '../grants.js';
import { OauthRefreshTokens } from './oauth-refresh-tokens.js';

/** https://www.rfc-editor.org/rfc/rfc7009: a refresh token takes its access tokens along, an access token goes alone. */
@Injectable()
export class TokenRevocation {
  constructor(
    private readonly tokens: LoginTokens,
    private readonly refreshTokens: OauthRefreshTokens,
    private readonly grants: Grants,
    private readonly clients: OauthClients,
    private readonly revocations: Revocations,
  ) {}

  /** A token that is unknown, or another client's, changes nothing and is no error. */
  async revoke(clientId: string, token: string): Promise<void> {
    const own = await this.tokens.read(token, 'any-server');
    if (own) {
      if (own.claims['client_id'] === clientId) await this.revocations.revokeToken(own.tokenId, own.expiresAt);
      return;
    }
    const found = await this.refreshTokens.grantOf(token);
    if (found?.clientId === clientId) await this.endGrant(found);
  }

  /** A first-party client has a grant for each set of scopes that it asked for in a session; they end together (docs/adr/0141). */
  private async endGrant({ id, clientId, sessionUid }: OauthGrant): Promise<void> {
    await this.grants.end(id);
    const client = await this.clients.find(clientId);
    if (client?.firstParty && sessionUid !== null) await this.grants.endGrantsInSession(sessionUid, clientId);
  }
}
