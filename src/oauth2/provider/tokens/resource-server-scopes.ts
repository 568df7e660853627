import { Inject, Injectable } from '@nestjs/common';
import type { Client, KoaContextWithOIDC, ResourceServer } from 'oidc-provider';
import { LocalAccounts } from '../../../auth/accounts/local-accounts.js';
import { OauthClients } from '../../clients/oauth-client.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../../oauth2-options.js';
import { offeredScopes, scopesWithinCeiling } from '../../scopes/offered-scopes.js';
import { scopeRefused } from '../interactions/authorization-checks.js';
import { describeReason } from '../explain-error.js';
import { machineTokenTtl } from '../provider-configuration.js';
import { errors } from '../oidc-library.js';
import { ResourceServers } from './resource-servers.js';

/** Judges which scopes of a resource server a request can have, anew whenever tokens are given. */
@Injectable()
export class ResourceServerScopes {
  constructor(
    private readonly clients: OauthClients,
    private readonly accounts: LocalAccounts,
    private readonly servers: ResourceServers,
    @Inject(OAUTH2_OPTIONS) private readonly options: Oauth2Options,
  ) {}

  readonly describe = async (
    ctx: KoaContextWithOIDC,
    resource: string,
    { clientId }: Client,
  ): Promise<ResourceServer> => {
    const server = await this.servers.find(resource);
    if (server === undefined) {
      const cure = `send ${this.options.fhirBase}, or the base of a server that is registered here`;
      throw new errors.InvalidTarget(
        describeReason('aud-mismatch', `resource names a server that is not known here; ${cure}`),
      );
    }
    const isMachine = ctx.oidc.params?.['grant_type'] === 'client_credentials';
    if (isMachine && !(await this.servers.isForMachine(clientId, server))) {
      const fact = 'the client is not registered for tokens of its own for this server (audiences)';
      throw new errors.InvalidTarget(describeReason('aud-mismatch', fact));
    }
    return {
      scope: (await this.scopesOf(ctx, clientId, isMachine)).join(' '),
      audience: server,
      accessTokenTTL: isMachine ? machineTokenTtl : this.options.accessTokenTtl,
      accessTokenFormat: 'jwt',
      jwt: { sign: { alg: 'RS256' } },
    };
  };

  private scopesOf({ oidc }: KoaContextWithOIDC, clientId: string, isMachine: boolean): Promise<readonly string[]> {
    const asked = [...oidc.requestParamScopes].filter((scope) => scope !== '');
    if (isMachine) return this.ofMachine(asked, clientId);
    const source = oidc.entities.RefreshToken ?? oidc.entities.AuthorizationCode;
    // Without one the request is still on its way through the pages, which offer and judge.
    return source ? this.ofUser([...source.scopes], clientId, source.accountId ?? '') : Promise.resolve(asked);
  }

  private async ofMachine(asked: readonly string[], clientId: string): Promise<readonly string[]> {
    const client = await this.clients.find(clientId);
    const registered = (client?.scopes ?? []).filter((scope) => scope.startsWith('system/'));
    const machine = asked.filter((scope) => scope.startsWith('system/'));
    const allowed = scopesWithinCeiling(machine, { scopes: registered }).filter((scope) => asked.includes(scope));
    if (allowed.length > 0) return allowed;
    throw scopeRefused(asked, registered);
  }

  /** A grant counts only as far as the client and the user still have the scopes. */
  private async ofUser(granted: readonly string[], clientId: string, accountId: string): Promise<readonly string[]> {
    const [client, account] = await Promise.all([
      this.clients.find(clientId),
      this.accounts.findActiveByName(accountId),
    ]);
    if (!client || !account) throw new errors.InvalidGrant('the account or the client is disabled');
    const left = offeredScopes(granted, client, account).offered.map(({ scope }) => scope);
    const kept = granted.filter((scope) => left.includes(scope));
    if (kept.length === 0) throw new errors.InvalidGrant('the user has lost the rights that were granted');
    return kept;
  }
}
