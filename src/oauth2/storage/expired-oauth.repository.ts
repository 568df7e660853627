import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { tenant } from '../../database/tenant.js';

/** An hour late, so that clocks and running transactions never matter. */
const cleanings = ['oauth_artifact', 'oauth_grant', 'oauth_launch'].map(
  (table) => `DELETE FROM ${table} WHERE tenant = $1 AND expires_at < now() - interval '1 hour'`,
);

@Injectable()
export class ExpiredOauthRepository {
  constructor(private readonly dataSource: DataSource) {}

  async purge(): Promise<void> {
    for (const statement of cleanings) await this.dataSource.query(statement, [tenant]);
  }
}
