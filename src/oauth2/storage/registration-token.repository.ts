import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { tenant } from '../../database/tenant.js';

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

const isUsable = 'tenant = $1 AND hash = $2 AND uses_left > 0 AND expires_at > clock_timestamp()';

@Injectable()
export class RegistrationTokenRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Removes those that are of no use any more, too: nothing else has to remember to. */
  async insert({ hash, scopes, uses, ttlSeconds }: NewRegistrationToken): Promise<Date> {
    await this.dataSource.query('DELETE FROM registration_token WHERE tenant = $1 AND expires_at < now()', [tenant]);
    const [row] = await this.dataSource.query<readonly { readonly expires_at: Date }[]>(
      `INSERT INTO registration_token (tenant, hash, scopes, uses_left, expires_at)
       VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5)) RETURNING expires_at`,
      [tenant, hash, scopes, uses, ttlSeconds],
    );
    if (!row) throw new Error('INSERT … RETURNING returned no row');
    return row.expires_at;
  }

  async find(hash: string): Promise<StoredRegistrationToken | undefined> {
    const rows = await this.dataSource.query<readonly StoredRegistrationToken[]>(
      `SELECT scopes FROM registration_token WHERE ${isUsable}`,
      [tenant, hash],
    );
    return rows[0];
  }

  /** Takes one use; false when there is none left. Of two servers that take the last one, one gets it. */
  async spend(hash: string): Promise<boolean> {
    const [rows] = await this.dataSource.query<readonly [readonly unknown[], number]>(
      `UPDATE registration_token SET uses_left = uses_left - 1 WHERE ${isUsable} RETURNING hash`,
      [tenant, hash],
    );
    return rows.length === 1;
  }
}
