import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, type Repository } from 'typeorm';
import { OauthLaunchEntity } from './entities/oauth-launch.entity.js';
import { isAhead, secondsFromNow } from '../../database/database-time.js';
import { currentTenant } from '../../database/tenant.js';
import type { JsonObject } from '../../r4/json/json.js';

export interface StoredLaunch {
  readonly clientId: string;
  readonly account: string;
  readonly context: JsonObject;
}

/** Prepared launches: one use each. */
@Injectable()
export class OauthLaunchRepository {
  constructor(@InjectRepository(OauthLaunchEntity) private readonly rows: Repository<OauthLaunchEntity>) {}

  async insert(hash: string, { clientId, account, context }: StoredLaunch, ttlSeconds: number): Promise<void> {
    await this.rows.insert({
      tenant: currentTenant(),
      hash,
      clientId,
      account,
      context,
      expiresAt: secondsFromNow(ttlSeconds),
    });
  }

  async findUnused(hash: string, clientId: string): Promise<StoredLaunch | undefined> {
    const row = await this.rows.findOneBy({
      tenant: currentTenant(),
      hash,
      clientId,
      usedAt: IsNull(),
      expiresAt: isAhead(),
    });
    return (row as StoredLaunch | null) ?? undefined;
  }

  /** True for the one that was first. */
  async use(hash: string): Promise<boolean> {
    const unused = { tenant: currentTenant(), hash, usedAt: IsNull(), expiresAt: isAhead() };
    const { affected } = await this.rows.update(unused, { usedAt: () => 'statement_timestamp()' });
    return affected === 1;
  }
}
