import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { tenant } from '../../database/tenant.js';

export interface StoredPageSession {
  readonly accountId: string;
  readonly state: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
}

/** Browser sessions of the account pages, known by the hash of their cookie. */
@Injectable()
export class PageSessionRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Removes what has expired on the way: there are never many. */
  async open(hash: string, accountId: string, state: object, ttlSeconds: number): Promise<void> {
    await this.dataSource.query('DELETE FROM page_session WHERE tenant = $1 AND expires_at < now()', [tenant]);
    await this.dataSource.query(
      `INSERT INTO page_session (tenant, hash, account_id, state, expires_at)
       VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))`,
      [tenant, hash, accountId, JSON.stringify(state), ttlSeconds],
    );
  }

  async find(hash: string): Promise<StoredPageSession | undefined> {
    const [row] = await this.dataSource.query<StoredPageSession[]>(
      `SELECT account_id AS "accountId", state, created_at AS "createdAt"
       FROM page_session WHERE tenant = $1 AND hash = $2 AND expires_at > now()`,
      [tenant, hash],
    );
    return row;
  }

  async save(hash: string, state: object): Promise<void> {
    await this.dataSource.query('UPDATE page_session SET state = $3 WHERE tenant = $1 AND hash = $2', [
      tenant,
      hash,
      JSON.stringify(state),
    ]);
  }

  async end(hash: string): Promise<void> {
    await this.dataSource.query('DELETE FROM page_session WHERE tenant = $1 AND hash = $2', [tenant, hash]);
  }

  /** Ends all sessions of the account with this name. */
  async endAllOf(account: string): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM page_session s USING user_account a
       WHERE s.tenant = $1 AND a.tenant = s.tenant AND a.id = s.account_id AND a.name = $2`,
      [tenant, account],
    );
  }

  /** Ends the other sessions of the account. */
  async endOthers(accountId: string, hash: string): Promise<void> {
    await this.dataSource.query('DELETE FROM page_session WHERE tenant = $1 AND account_id = $2 AND hash <> $3', [
      tenant,
      accountId,
      hash,
    ]);
  }
}
