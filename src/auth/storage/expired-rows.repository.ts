import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { tenant } from '../../database/tenant.js';

/** An hour late, so that clocks and running transactions never matter. */
const cleanings = [
  ['revocation', 'expires_at'],
  ['refresh_token', 'expires_at'],
  ['login_session', 'expires_at'],
  ['login_throttle', 'expires_at'],
  ['password_link', 'expires_at'],
  ['signing_key', 'retires_at'],
].map(([table, column]) => `DELETE FROM ${table} WHERE tenant = $1 AND ${column} < now() - interval '1 hour'`);

@Injectable()
export class ExpiredRowsRepository {
  constructor(private readonly dataSource: DataSource) {}

  async purge(): Promise<void> {
    for (const statement of cleanings) await this.dataSource.query(statement, [tenant]);
  }
}
