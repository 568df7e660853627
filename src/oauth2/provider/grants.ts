import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { LocalAccounts } from '../../auth/accounts/local-accounts.js';
import { Revocations } from '../../auth/accounts/revocations.js';
import type { JsonObject } from '../../r4/json/json.js';
import type { ClientEnds } from '../clients/client-ends.js';
import type { LaunchContext } from '../launch/launch-context.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../oauth2-options.js';
import { OauthGrantRepository, type GrantChoice, type StoredGrant } from '../storage/oauth-grant.repository.js';

/** A user's grant to an app. */
export interface OauthGrant {
  readonly id: string;
  readonly account: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly context: LaunchContext;
  /** The server that tokens of this grant are for. */
  readonly server?: string;
  /** Ends with this browser session, if with any. */
  readonly sessionUid: string | null;
  readonly createdAt: Date;
  /** When tokens were last given for it, after the first ones. */
  readonly usedAt: Date | null;
}

/** Grants of users to apps. Ending one ends its tokens: here at once, in every process within seconds. */
@Injectable()
export class Grants implements ClientEnds, OnModuleInit {
  constructor(
    private readonly stored: OauthGrantRepository,
    private readonly revocations: Revocations,
    private readonly accounts: LocalAccounts,
    @Inject(OAUTH2_OPTIONS) private readonly options: Oauth2Options,
  ) {}

  onModuleInit(): void {
    this.accounts.whenEnded((name) => this.endAllOf(name));
  }

  /** Undefined once it has ended. */
  async find(id: string): Promise<OauthGrant | undefined> {
    const row = await this.stored.find(id);
    return row && grantOf(row);
  }

  /** Newest first. */
  async ofAccount(account: string): Promise<readonly OauthGrant[]> {
    return (await this.stored.ofAccount(account)).map(grantOf);
  }

  /** Grants of one client that end with a browser's session, the newest first. */
  async ofSession(sessionUid: string, clientId: string): Promise<readonly OauthGrant[]> {
    return (await this.stored.ofSession(sessionUid, clientId)).map(grantOf);
  }

  /** Without a refresh token a grant is over when its only access token is. */
  describe(id: string, scopes: readonly string[], context: LaunchContext): Promise<void> {
    const { refreshTokenTtl, accessTokenTtl } = this.options;
    const isLasting = scopes.includes('offline_access') || scopes.includes('online_access');
    const ttlSeconds = isLasting ? refreshTokenTtl : accessTokenTtl + 300;
    return this.stored.describe(id, { scopes: scopes.join(' '), context: context as JsonObject, ttlSeconds });
  }

  bindToSession(id: string, sessionUid: string): Promise<void> {
    return this.stored.bindToSession(id, sessionUid);
  }

  /** Extends the life of a grant after use. */
  extend(id: string): Promise<void> {
    return this.stored.extend(id, this.options.refreshTokenTtl);
  }

  end(id: string): Promise<void> {
    return this.endAll({ id });
  }

  endAllOf(account: string): Promise<void> {
    return this.endAll({ account });
  }

  endGrantsOf(clientId: string): Promise<void> {
    return this.endAll({ clientId });
  }

  endAllOfSession(sessionUid: string): Promise<void> {
    return this.endAll({ sessionUid });
  }

  endGrantsInSession(sessionUid: string, clientId: string): Promise<void> {
    return this.endAll({ sessionUid, clientId });
  }

  private async endAll(which: GrantChoice): Promise<void> {
    this.revocations.rememberSessions(await this.stored.end(which, this.revocations.sessionSeconds()));
  }
}

function grantOf({ scopes, context, payload, ...row }: StoredGrant): OauthGrant {
  const [server] = Object.keys((payload['resources'] ?? {}) as object);
  return {
    ...row,
    scopes: scopes.split(' ').filter((scope) => scope !== ''),
    context,
    ...(server !== undefined && { server }),
  };
}
