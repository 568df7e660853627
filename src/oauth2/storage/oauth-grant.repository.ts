import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Any, type FindOptionsWhere, type Repository } from 'typeorm';
import { OauthArtifactEntity } from './entities/oauth-artifact.entity.js';
import { OauthGrantEntity } from './entities/oauth-grant.entity.js';
import { isAhead, secondsFromNow } from '../../database/database-time.js';
import { currentTenant } from '../../database/tenant.js';
import type { JsonObject } from '../../r4/json/json.js';

/** Rights that a user gave to an app, with the context of that launch. */
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
  | { readonly sessionUid: string }
  | { readonly clientId: string; readonly sessionUid: string };

/** A grant that is not there has ended: its codes and refresh tokens went in the same transaction. */
@Injectable()
export class OauthGrantRepository {
  constructor(@InjectRepository(OauthGrantEntity) private readonly rows: Repository<OauthGrantEntity>) {}

  async insert({ id, account, clientId, payload, ttlSeconds }: NewGrant): Promise<void> {
    await this.rows
      .createQueryBuilder()
      .insert()
      .values({ tenant: currentTenant(), id, account, clientId, payload, expiresAt: secondsFromNow(ttlSeconds) })
      .orUpdate(['payload'], ['tenant', 'id'])
      .execute();
  }

  async describe(id: string, { scopes, context, ttlSeconds }: GrantDescription): Promise<void> {
    await this.rows.update({ tenant: currentTenant(), id }, { scopes, context, expiresAt: secondsFromNow(ttlSeconds) });
  }

  async bindToSession(id: string, sessionUid: string): Promise<void> {
    await this.rows.update({ tenant: currentTenant(), id }, { sessionUid });
  }

  /** Lets it live on, since it was used. */
  async extend(id: string, seconds: number): Promise<void> {
    await this.rows.update(
      { tenant: currentTenant(), id },
      { usedAt: () => 'now()', expiresAt: secondsFromNow(seconds) },
    );
  }

  async find(id: string): Promise<StoredGrant | undefined> {
    const [row] = await this.select({ id });
    return row;
  }

  /** Newest first. */
  ofAccount(account: string): Promise<readonly StoredGrant[]> {
    return this.select({ account });
  }

  /** Newest first. */
  ofSession(sessionUid: string, clientId: string): Promise<readonly StoredGrant[]> {
    return this.select({ sessionUid, clientId });
  }

  /**
   * Ends grants and, in the same transaction, publishes that to every process: access tokens carry the id of their grant as
   * `sid`. The ids given by name are published whether they were there or not. Returns what was published.
   */
  async end(which: GrantChoice, accessTtlSeconds: number): Promise<readonly string[]> {
    return this.rows.manager.transaction('READ COMMITTED', async (tx) => {
      const ended = tx
        .createQueryBuilder()
        .delete()
        .from(OauthGrantEntity)
        .where({ tenant: currentTenant(), ...which })
        .returning('id');
      const { raw } = await ended.execute();
      const rows = raw as readonly { readonly id: string }[];
      const ids = [...new Set([...rows.map(({ id }) => id), ...('id' in which ? [which.id] : [])])];
      await tx.delete(OauthArtifactEntity, { tenant: currentTenant(), grantId: Any(ids) });
      // SQL: one array, however many there are.
      await tx.query(
        `INSERT INTO revocation (tenant, kind, value, expires_at)
         SELECT $1, 'sid', unnest($2::text[]), statement_timestamp() + make_interval(secs => $3) ON CONFLICT DO NOTHING`,
        [currentTenant(), ids, accessTtlSeconds],
      );
      return ids;
    });
  }

  private async select(which: FindOptionsWhere<OauthGrantEntity>): Promise<readonly StoredGrant[]> {
    const order = { createdAt: 'DESC', id: 'ASC' } as const;
    const rows = await this.rows.find({ where: { tenant: currentTenant(), ...which, expiresAt: isAhead() }, order });
    return rows as readonly StoredGrant[];
  }
}
