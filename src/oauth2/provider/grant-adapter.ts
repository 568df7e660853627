import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { JsonObject } from '../../r4/json/json.js';
import type { OauthGrantRepository } from '../storage/oauth-grant.repository.js';
import type { Grants } from './grants.js';

/** oidc-provider's grants, in the table that users see as "my apps". */
export class GrantAdapter implements Adapter {
  constructor(
    private readonly stored: OauthGrantRepository,
    private readonly grants: Grants,
    private readonly ttlSeconds: number,
  ) {}

  async upsert(id: string, payload: AdapterPayload): Promise<void> {
    const { accountId = '', clientId = '' } = payload;
    await this.stored.insert({
      id,
      account: accountId,
      clientId,
      payload: payload as JsonObject,
      ttlSeconds: this.ttlSeconds,
    });
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    return (await this.stored.find(id))?.payload;
  }

  destroy(id: string): Promise<void> {
    return this.grants.end(id);
  }

  async findByUid(): Promise<undefined> {}
  async findByUserCode(): Promise<undefined> {}
  async consume(): Promise<void> {}
  async revokeByGrantId(): Promise<void> {}
}
