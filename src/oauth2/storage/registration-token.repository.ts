import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { MoreThan, type Repository } from 'typeorm';
import { RegistrationTokenEntity } from './entities/registration-token.entity.js';
import { expiryOf, isAhead, isPast, secondsFromNow } from '../../database/database-time.js';
import { currentTenant } from '../../database/tenant.js';

export interface NewRegistrationToken {
  readonly hash: string;
  /** Separated by spaces; null: the usual ceiling. */
  readonly scopes: string | null;
  readonly uses: number;
  readonly ttlSeconds: number;
}

export interface StoredRegistrationToken {
  readonly scopes: string | null;
}

const usable = (hash: string) => ({ tenant: currentTenant(), hash, usesLeft: MoreThan(0), expiresAt: isAhead() });

@Injectable()
export class RegistrationTokenRepository {
  constructor(@InjectRepository(RegistrationTokenEntity) private readonly rows: Repository<RegistrationTokenEntity>) {}

  /** Removes those that are of no use any more, too: nothing else has to remember to. */
  async insert({ hash, scopes, uses, ttlSeconds }: NewRegistrationToken): Promise<Date> {
    await this.rows.delete({ tenant: currentTenant(), expiresAt: isPast() });
    const inserted = await this.rows
      .createQueryBuilder()
      .insert()
      .values({ tenant: currentTenant(), hash, scopes, usesLeft: uses, expiresAt: secondsFromNow(ttlSeconds) })
      .returning('expires_at')
      .execute();
    return expiryOf(inserted);
  }

  async find(hash: string): Promise<StoredRegistrationToken | undefined> {
    return (await this.rows.findOneBy(usable(hash))) ?? undefined;
  }

  /** Takes one use; false when there is none left. Of two servers that take the last one, one gets it. */
  async spend(hash: string): Promise<boolean> {
    const { affected } = await this.rows.decrement(usable(hash), 'usesLeft', 1);
    return affected === 1;
  }
}
