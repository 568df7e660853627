import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { PasswordLinkEntity } from './password-link.entity.js';
import { expiryOf, isAhead, secondsFromNow } from '../../database/database-time.js';
import { currentTenant } from '../../database/tenant.js';

/** Links with which users choose a password, known by the hash of what stands in them. Of each account the newest one counts. */
@Injectable()
export class PasswordLinkRepository {
  constructor(@InjectRepository(PasswordLinkEntity) private readonly rows: Repository<PasswordLinkEntity>) {}

  async replace(hash: string, accountId: string, ttlSeconds: number): Promise<Date> {
    return this.rows.manager.transaction('READ COMMITTED', async (tx) => {
      await tx.delete(PasswordLinkEntity, { tenant: currentTenant(), accountId });
      const inserted = await tx
        .createQueryBuilder()
        .insert()
        .into(PasswordLinkEntity)
        .values({ tenant: currentTenant(), hash, accountId, expiresAt: secondsFromNow(ttlSeconds) })
        .returning('expires_at')
        .execute();
      return expiryOf(inserted);
    });
  }

  async endOf(accountId: string): Promise<void> {
    await this.rows.delete({ tenant: currentTenant(), accountId });
  }

  /** The id of its account, while it counts. */
  async find(hash: string): Promise<string | undefined> {
    const row = await this.rows.findOneBy({ tenant: currentTenant(), hash, expiresAt: isAhead() });
    return row?.accountId;
  }

  /** Uses it up; of several that try at once, one is told true. */
  async use(hash: string): Promise<boolean> {
    const { affected } = await this.rows.delete({ tenant: currentTenant(), hash, expiresAt: isAhead() });
    return affected === 1;
  }
}
