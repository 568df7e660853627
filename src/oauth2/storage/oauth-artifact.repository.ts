import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, type Repository } from 'typeorm';
import { OauthArtifactEntity } from './entities/oauth-artifact.entity.js';
import { secondsFromNow } from '../../database/database-time.js';
import { currentTenant } from '../../database/tenant.js';
import type { JsonObject } from '../../r4/json/json.js';

export interface NewArtifact {
  readonly model: string;
  readonly hash: string;
  readonly payload: JsonObject;
  readonly grantId: string | null;
  readonly uid: string | null;
  readonly ttlSeconds: number;
}

export interface StoredArtifact {
  readonly payload: JsonObject;
  /** Seconds since it was used, by the clock of the database. */
  readonly usedSecondsAgo: number | null;
}

/** Artifacts of the authorization server. Times are those of the database, expired rows are not there. */
@Injectable()
export class OauthArtifactRepository {
  constructor(@InjectRepository(OauthArtifactEntity) private readonly rows: Repository<OauthArtifactEntity>) {}

  async put(artifact: NewArtifact): Promise<void> {
    await this.rows.upsert(rowOf(artifact), ['tenant', 'model', 'hash']);
  }

  /** False when there is one of that name already, also one that another server puts there at the same moment. */
  async add(artifact: NewArtifact): Promise<boolean> {
    const insert = this.rows.createQueryBuilder().insert().values(rowOf(artifact)).orIgnore().returning('hash');
    const { raw } = await insert.execute();
    return (raw as readonly unknown[]).length === 1;
  }

  find(model: string, hash: string): Promise<StoredArtifact | undefined> {
    return this.read(model, 'hash', hash);
  }

  findByUid(model: string, uid: string): Promise<StoredArtifact | undefined> {
    return this.read(model, 'uid', uid);
  }

  /** True for the one that was first, whatever number of servers try. */
  async use(model: string, hash: string): Promise<boolean> {
    const unused = { tenant: currentTenant(), model, hash, usedAt: IsNull() };
    const { affected } = await this.rows.update(unused, { usedAt: () => 'statement_timestamp()' });
    return affected === 1;
  }

  /** Lets it live on; the payload names its end too. */
  // SQL: column and payload are set by the same clock.
  async extend(model: string, hash: string, seconds: number): Promise<void> {
    await this.rows.query(
      `UPDATE oauth_artifact SET expires_at = now() + make_interval(secs => $4),
         payload = jsonb_set(payload, '{exp}', to_jsonb(floor(extract(epoch FROM now()) + $4)::bigint))
       WHERE tenant = $1 AND model = $2 AND hash = $3 AND used_at IS NULL`,
      [currentTenant(), model, hash, seconds],
    );
  }

  async remove(model: string, hash: string): Promise<void> {
    await this.rows.delete({ tenant: currentTenant(), model, hash });
  }

  /** Sessions of the account, and interactions in which it has logged in. */
  // SQL: the account stands within the payload.
  async removeLoginsOf(account: string): Promise<void> {
    await this.rows.query(
      `DELETE FROM oauth_artifact WHERE tenant = $1 AND (
         (model = 'Session' AND payload ->> 'accountId' = $2) OR
         (model = 'Interaction' AND $2 IN (
           payload #>> '{lastSubmission,state,account}', payload #>> '{lastSubmission,state,pending}',
           payload #>> '{result,login,accountId}')))`,
      [currentTenant(), account],
    );
  }

  // SQL: the seconds are counted by the clock of the database.
  private async read(model: string, column: 'hash' | 'uid', value: string): Promise<StoredArtifact | undefined> {
    const [row] = await this.rows.query<readonly ArtifactRow[]>(
      `SELECT payload, extract(epoch FROM statement_timestamp() - used_at)::float8 AS "usedSecondsAgo"
       FROM oauth_artifact WHERE tenant = $1 AND model = $2 AND ${column} = $3 AND expires_at > now()`,
      [currentTenant(), model, value],
    );
    return row;
  }
}

type ArtifactRow = StoredArtifact;

const rowOf = ({ ttlSeconds, ...artifact }: NewArtifact) => ({
  tenant: currentTenant(),
  ...artifact,
  expiresAt: secondsFromNow(ttlSeconds),
});
