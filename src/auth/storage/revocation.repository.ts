import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { type ChangePoll, changePollOf } from '../../database/changes/change-poll.js';
import { poolOf } from '../../database/pool-of.js';
import { RevocationEntity } from './revocation.entity.js';
import { secondsFromThisMoment } from '../../database/database-time.js';
import { currentTenant } from '../../database/tenant.js';

export interface Revocation {
  readonly kind: RevocationEntity['kind'];
  readonly value: string;
}

export interface RecentRevocations {
  /** The clock of the database when it looked, as text with all its digits: what to pass as `since` next time. */
  readonly at: string;
  readonly revocations: readonly (Revocation & { readonly secondsLeft: number })[];
}

/** Milliseconds. A look that hangs must not keep others from looking. */
const patience = 3_000;

@Injectable()
export class RevocationRepository {
  constructor(@InjectRepository(RevocationEntity) private readonly rows: Repository<RevocationEntity>) {}

  /** The poll for changes that all tenants of the process share. */
  get changes(): ChangePoll {
    return changePollOf(poolOf(this.rows.manager.dataSource));
  }

  /** Everything that still matters and was revoked after `since`, less an overlap for transactions that commit late. */
  // SQL: the rows and the time of the look come by one statement, which has a limit of its own.
  async recent(since: string | undefined, overlapSeconds: number): Promise<RecentRevocations> {
    const query = {
      text: `WITH clock AS MATERIALIZED (SELECT clock_timestamp() AS at)
       SELECT clock.at::text AS at, kind, value, extract(epoch FROM expires_at - clock.at)::float8 AS seconds_left
       FROM clock LEFT JOIN revocation ON tenant = $1 AND expires_at > clock.at
         AND revoked_at > coalesce($2::timestamptz - make_interval(secs => $3), '-infinity')`,
      values: [currentTenant(), since ?? null, overlapSeconds],
      query_timeout: patience,
    };
    const { rows } = await poolOf(this.rows.manager.dataSource).query<RecentRow>(query);
    return {
      at: rows[0]?.at ?? '-infinity',
      revocations: rows.flatMap(({ kind, value, seconds_left: secondsLeft }) =>
        kind !== null && value !== null && secondsLeft !== null ? [{ kind, value, secondsLeft }] : [],
      ),
    };
  }

  async contains(revocations: readonly Revocation[]): Promise<boolean> {
    const where = revocations.map(({ kind, value }) => ({ tenant: currentTenant(), kind, value }));
    return where.length > 0 && this.rows.existsBy(where);
  }

  async insert({ kind, value }: Revocation, ttlSeconds: number): Promise<void> {
    await this.rows
      .createQueryBuilder()
      .insert()
      .values({ tenant: currentTenant(), kind, value, expiresAt: secondsFromThisMoment(ttlSeconds) })
      .orIgnore()
      .execute();
  }
}

interface RecentRow {
  readonly at: string;
  readonly kind: RevocationEntity['kind'] | null;
  readonly value: string | null;
  readonly seconds_left: number | null;
}
