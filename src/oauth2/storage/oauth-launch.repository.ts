import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { tenant } from '../../database/tenant.js';
import type { JsonObject } from '../../r4/json/json.js';

export interface StoredLaunch {
  readonly clientId: string;
  readonly account: string;
  readonly context: JsonObject;
}

/** Prepared launches: one use each. */
@Injectable()
export class OauthLaunchRepository {
  constructor(private readonly dataSource: DataSource) {}

  async insert(hash: string, { clientId, account, context }: StoredLaunch, ttlSeconds: number): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO oauth_launch (tenant, hash, client_id, account, context, expires_at)
       VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))`,
      [tenant, hash, clientId, account, JSON.stringify(context), ttlSeconds],
    );
  }

  async findUnused(hash: string, clientId: string): Promise<StoredLaunch | undefined> {
    const [row] = await this.dataSource.query<readonly StoredLaunch[]>(
      `SELECT client_id AS "clientId", account, context FROM oauth_launch
       WHERE tenant = $1 AND hash = $2 AND client_id = $3 AND used_at IS NULL AND expires_at > now()`,
      [tenant, hash, clientId],
    );
    return row;
  }

  /** True for the one that was first. */
  async use(hash: string): Promise<boolean> {
    const [, used] = await this.dataSource.query<[unknown, number]>(
      `UPDATE oauth_launch SET used_at = clock_timestamp()
       WHERE tenant = $1 AND hash = $2 AND used_at IS NULL AND expires_at > now()`,
      [tenant, hash],
    );
    return used === 1;
  }
}
