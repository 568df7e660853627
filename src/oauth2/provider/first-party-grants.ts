import { Inject, Injectable } from '@nestjs/common';
import type { Grant, KoaContextWithOIDC } from 'oidc-provider';
import { LocalAccounts, type UserAccount } from '../../auth/accounts/local-accounts.js';
import { OauthClients, type OauthClient } from '../clients/oauth-client.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../oauth2-options.js';
import { offeredScopes } from '../scopes/offered-scopes.js';
import { scopesOutside } from '../scopes/intersect-scopes.js';
import { Grants, type OauthGrant } from './grants.js';

/** The part of an authorization request that decides. */
interface FirstPartyRequest {
  readonly client: OauthClient;
  readonly server: string;
  readonly asked: readonly string[];
}

/** Grants to clients that are parts of this server: their users are not asked what to share with it (docs/adr/0070). */
@Injectable()
export class FirstPartyGrants {
  constructor(
    private readonly clients: OauthClients,
    private readonly accounts: LocalAccounts,
    private readonly grants: Grants,
    @Inject(OAUTH2_OPTIONS) private readonly options: Oauth2Options,
  ) {}

  /** Scopes that the user gets without a question; empty when the pages have to go on. */
  scopesFor({ client, server, asked }: FirstPartyRequest, account: UserAccount): readonly string[] {
    if (client.firstParty !== true || server !== this.options.fhirBase || account.oneTimeUntil !== null) return [];
    return offeredScopes(asked, client, account).offered.map(({ scope }) => scope);
  }

  /** All that the client may ask for in the name of this user, asked for yet or not; undefined for other clients. Nothing is granted by it. */
  async availableScopes(clientId: string, accountName: string): Promise<readonly string[] | undefined> {
    const client = await this.clients.find(clientId);
    if (client?.firstParty !== true) return undefined;
    const account = await this.accounts.findActiveByName(accountName);
    return account && this.scopesFor({ client, server: this.options.fhirBase, asked: client.scopes }, account);
  }

  /** A grant of this browser's session for just these scopes; undefined for other clients. */
  readonly load = async ({ oidc }: KoaContextWithOIDC): Promise<Grant | undefined> => {
    const { session, params, account: known } = oidc;
    const client = await this.clients.find(String(params?.['client_id']));
    const account = known && (await this.accounts.findActiveByName(known.accountId));
    if (!client || !account || !session || !params || oidc.promptPending('login')) return undefined;
    const server = String(params['resource']);
    const scopes = this.scopesFor({ client, server, asked: [...oidc.requestParamScopes] }, account);
    if (scopes.length === 0) return undefined;
    // From here on that is the request: what is asked beyond the user's rights is not granted.
    params['scope'] = scopes.join(' ');
    return (await this.keptGrant(oidc, client.id, account.name)) ?? this.make(oidc, server, scopes);
  };

  /** A wider grant takes the place of narrower ones: those of the session whose scopes it has all, and more. Equal ones are of other tabs. */
  async replaceNarrower({ id, clientId, sessionUid, scopes }: OauthGrant): Promise<void> {
    const client = await this.clients.find(clientId);
    if (client?.firstParty !== true || sessionUid === null) return;
    for (const other of await this.grants.ofSession(sessionUid, clientId)) {
      const isNarrower =
        scopesOutside(other.scopes, scopes).length === 0 && scopesOutside(scopes, other.scopes).length > 0;
      if (other.id !== id && isNarrower) await this.grants.end(other.id);
    }
  }

  private async keptGrant(
    { provider, session, params }: KoaContextWithOIDC['oidc'],
    clientId: string,
    account: string,
  ): Promise<Grant | undefined> {
    const kept = session ? await this.grants.ofSession(session.uid, clientId) : [];
    const same = kept.find((grant) => grant.account === account && grant.scopes.join(' ') === params?.['scope']);
    return same && provider.Grant.find(same.id);
  }

  private async make(
    { provider, session, account, client }: KoaContextWithOIDC['oidc'],
    server: string,
    scopes: readonly string[],
  ): Promise<Grant> {
    const grant = new provider.Grant({ accountId: account!.accountId, clientId: client!.clientId });
    grant.addOIDCScope(scopes.join(' '));
    grant.addResourceScope(server, scopes.join(' '));
    const id = await grant.save();
    await this.grants.describe(id, scopes, {});
    await this.grants.bindToSession(id, session!.uid);
    return grant;
  }
}
