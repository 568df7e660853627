import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { tenant } from '../../database/tenant.js';
import type { JsonObject } from '../../r4/json/json.js';

/** What a user let an app do, with the context of that launch. */
export interface StoredGrant {
  readonly id: string;
  readonly account: string;
  readonly clientId: string;
  readonly payload: JsonObject;
  readonly scopes: string;
  readonly context: JsonObject;
  /** The browser session that the grant ends with; null when it outlives it. */
  readonly sessionUid: string | null;
  readonly createdAt: Date;
  readonly usedAt: Date | null;
}

export type NewGrant = Pick<StoredGrant, 'id' | 'account' | 'clientId' | 'payload'> & { readonly ttlSeconds: number };

export type GrantDescription = Pick<StoredGrant, 'scopes' | 'context'> & { readonly ttlSeconds: number };

export type GrantChoice =
  | { readonly id: string }
  | { readonly account: string }
  | { readonly clientId: string }
  | { readonly sessionUid: string };

/** A grant that is not there has ended: its codes and refresh tokens went in the same transaction. */
@Injectable()
export class OauthGrantRepository {
  constructor(private readonly dataSource: DataSource) {}

  async insert({ id, account, clientId, payload, ttlSeconds }: NewGrant): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO oauth_grant (tenant, id, account, client_id, payload, expires_at)
       VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))
       ON CONFLICT (tenant, id) DO UPDATE SET payload = excluded.payload`,
      [tenant, id, account, clientId, JSON.stringify(payload), ttlSeconds],
    );
  }

  async describe(id: string, { scopes, context, ttlSeconds }: GrantDescription): Promise<void> {
    await this.dataSource.query(
      `UPDATE oauth_grant SET scopes = $3, context = $4, expires_at = now() + make_interval(secs => $5)
       WHERE tenant = $1 AND id = $2`,
      [tenant, id, scopes, JSON.stringify(context), ttlSeconds],
    );
  }

  async bindToSession(id: string, sessionUid: string): Promise<void> {
    await this.dataSource.query('UPDATE oauth_grant SET session_uid = $3 WHERE tenant = $1 AND id = $2', [
      tenant,
      id,
      sessionUid,
    ]);
  }

  /** Lets it live on, since it was used. */
  async extend(id: string, seconds: number): Promise<void> {
    await this.dataSource.query(
      `UPDATE oauth_grant SET used_at = now(), expires_at = now() + make_interval(secs => $3)
       WHERE tenant = $1 AND id = $2`,
      [tenant, id, seconds],
    );
  }

  async find(id: string): Promise<StoredGrant | undefined> {
    const [row] = await this.select('id = $2', id);
    return row;
  }

  /** Newest first. */
  ofAccount(account: string): Promise<readonly StoredGrant[]> {
    return this.select('account = $2', account);
  }

  /**
   * Ends grants and, in the same transaction, publishes that to every process: access tokens carry the id of their grant as
   * `sid`. The ids given by name are published whether they were there or not. Returns what was published.
   */
  async end(which: GrantChoice, accessTtlSeconds: number): Promise<readonly string[]> {
    const [column, value] = choiceOf(which);
    return this.dataSource.transaction('READ COMMITTED', async (tx) => {
      const [rows] = await tx.query<[readonly { readonly id: string }[], number]>(
        `DELETE FROM oauth_grant WHERE tenant = $1 AND ${column} = $2 RETURNING id`,
        [tenant, value],
      );
      const ids = [...new Set([...rows.map(({ id }) => id), ...('id' in which ? [which.id] : [])])];
      await tx.query('DELETE FROM oauth_artifact WHERE tenant = $1 AND grant_id = ANY ($2)', [tenant, ids]);
      await tx.query(
        `INSERT INTO revocation (tenant, kind, value, expires_at)
         SELECT $1, 'sid', unnest($2::text[]), clock_timestamp() + make_interval(secs => $3) ON CONFLICT DO NOTHING`,
        [tenant, ids, accessTtlSeconds],
      );
      return ids;
    });
  }

  private select(condition: string, value: string): Promise<readonly StoredGrant[]> {
    return this.dataSource.query<readonly StoredGrant[]>(
      `SELECT id, account, client_id AS "clientId", payload, scopes, context, session_uid AS "sessionUid",
              created_at AS "createdAt", used_at AS "usedAt"
       FROM oauth_grant WHERE tenant = $1 AND ${condition} AND expires_at > now() ORDER BY created_at DESC, id`,
      [tenant, value],
    );
  }
}

function choiceOf(which: GrantChoice): readonly [column: string, value: string] {
  if ('id' in which) return ['id', which.id];
  if ('account' in which) return ['account', which.account];
  return 'clientId' in which ? ['client_id', which.clientId] : ['session_uid', which.sessionUid];
}
