import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, type Repository } from 'typeorm';
import { LoginThrottleEntity } from './login-throttle.entity.js';
import { currentTenant } from '../../database/tenant.js';

export interface FailureCount {
  readonly key: string;
  readonly failures: number;
  readonly secondsLeft: number;
}

/**
 * The window that is kept goes on: it ends later than one that began now, less a window. Such a clause has no times of day and no
 * parameters on Citus.
 */
const isOpen = (windowSeconds: number): string =>
  `excluded.expires_at - kept.expires_at < make_interval(secs => ${windowSeconds})`;

@Injectable()
export class LoginThrottleRepository {
  constructor(@InjectRepository(LoginThrottleEntity) private readonly rows: Repository<LoginThrottleEntity>) {}

  // SQL: the seconds are counted by the clock of the database.
  counts(keys: readonly string[]): Promise<readonly FailureCount[]> {
    return this.rows.query<readonly FailureCount[]>(
      `SELECT key, failures, extract(epoch FROM expires_at - statement_timestamp())::float8 AS "secondsLeft"
       FROM login_throttle WHERE tenant = $1 AND key = ANY($2) AND expires_at > statement_timestamp()`,
      [currentTenant(), keys],
    );
  }

  /** Counts one failure for every key; the window runs from the first. Sorted, so that two servers never deadlock. */
  // SQL: one statement counts, or begins a window; an upsert of TypeORM sets only what was given.
  async addFailure(keys: readonly string[], windowSeconds: number): Promise<void> {
    await this.rows.query(
      `INSERT INTO login_throttle AS kept (tenant, key, failures, expires_at)
       SELECT $1::integer, key, 1, statement_timestamp() + make_interval(secs => $3::float8) FROM unnest($2::text[]) AS key ORDER BY key
       ON CONFLICT (tenant, key) DO UPDATE SET
         failures = CASE WHEN ${isOpen(windowSeconds)} THEN kept.failures + 1 ELSE 1 END,
         expires_at = CASE WHEN ${isOpen(windowSeconds)} THEN kept.expires_at ELSE excluded.expires_at END`,
      [currentTenant(), keys, windowSeconds],
    );
  }

  async forget(keys: readonly string[]): Promise<void> {
    await this.rows.delete({ tenant: currentTenant(), key: In([...keys]) });
  }
}
