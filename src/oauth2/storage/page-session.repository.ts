import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Not, type Repository } from 'typeorm';
import { PageSessionEntity } from './entities/page-session.entity.js';
import { isAhead, isPast, secondsFromNow } from '../../database/database-time.js';
import { currentTenant } from '../../database/tenant.js';

export interface StoredPageSession {
  readonly accountId: string;
  readonly state: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
}

/** Browser sessions of the account pages, known by the hash of their cookie. */
@Injectable()
export class PageSessionRepository {
  constructor(@InjectRepository(PageSessionEntity) private readonly rows: Repository<PageSessionEntity>) {}

  /** Removes what has expired on the way: there are never many. */
  async open(hash: string, accountId: string, state: object, ttlSeconds: number): Promise<void> {
    await this.rows.delete({ tenant: currentTenant(), expiresAt: isPast() });
    await this.rows.insert({ tenant: currentTenant(), hash, accountId, state, expiresAt: secondsFromNow(ttlSeconds) });
  }

  async find(hash: string): Promise<StoredPageSession | undefined> {
    const row = await this.rows.findOneBy({ tenant: currentTenant(), hash, expiresAt: isAhead() });
    return (row as StoredPageSession | null) ?? undefined;
  }

  async save(hash: string, state: object): Promise<void> {
    await this.rows.update({ tenant: currentTenant(), hash }, { state });
  }

  async end(hash: string): Promise<void> {
    await this.rows.delete({ tenant: currentTenant(), hash });
  }

  /** Ends all sessions of the account with this name. */
  // SQL: joins the account.
  async endAllOf(account: string): Promise<void> {
    await this.rows.query(
      `DELETE FROM page_session s USING user_account a
       WHERE s.tenant = $1 AND a.tenant = s.tenant AND a.id = s.account_id AND a.name = $2`,
      [currentTenant(), account],
    );
  }

  /** Ends the other sessions of the account. */
  async endOthers(accountId: string, hash: string): Promise<void> {
    await this.rows.delete({ tenant: currentTenant(), accountId, hash: Not(hash) });
  }
}
