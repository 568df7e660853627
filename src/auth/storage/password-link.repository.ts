import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { tenant } from '../../database/tenant.js';

/** Links with which users choose a password, known by the hash of what stands in them. Of each account the newest one counts. */
@Injectable()
export class PasswordLinkRepository {
  constructor(private readonly dataSource: DataSource) {}

  async replace(hash: string, accountId: string, ttlSeconds: number): Promise<Date> {
    return this.dataSource.transaction('READ COMMITTED', async (tx) => {
      await tx.query('DELETE FROM password_link WHERE tenant = $1 AND account_id = $2', [tenant, accountId]);
      const [row] = await tx.query<readonly { readonly expires_at: Date }[]>(
        `INSERT INTO password_link (tenant, hash, account_id, expires_at)
         VALUES ($1, $2, $3, now() + make_interval(secs => $4)) RETURNING expires_at`,
        [tenant, hash, accountId, ttlSeconds],
      );
      if (!row) throw new Error('INSERT … RETURNING returned no row');
      return row.expires_at;
    });
  }

  async endOf(accountId: string): Promise<void> {
    await this.dataSource.query('DELETE FROM password_link WHERE tenant = $1 AND account_id = $2', [tenant, accountId]);
  }

  /** The id of its account, while it counts. */
  async find(hash: string): Promise<string | undefined> {
    const [row] = await this.dataSource.query<readonly { readonly accountId: string }[]>(
      `SELECT account_id AS "accountId" FROM password_link
       WHERE tenant = $1 AND hash = $2 AND expires_at > clock_timestamp()`,
      [tenant, hash],
    );
    return row?.accountId;
  }

  /** Uses it up; of several that try at once, one is told true. */
  async use(hash: string): Promise<boolean> {
    const [rows] = await this.dataSource.query<[readonly unknown[], number]>(
      'DELETE FROM password_link WHERE tenant = $1 AND hash = $2 AND expires_at > clock_timestamp() RETURNING hash',
      [tenant, hash],
    );
    return rows.length === 1;
  }
}
