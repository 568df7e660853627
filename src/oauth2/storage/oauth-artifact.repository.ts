import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { tenant } from '../../database/tenant.js';
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
  /** How long ago it was used, by the clock of the database. */
  readonly usedSecondsAgo: number | null;
}

/** What the authorization server keeps for a while. Times are those of the database, expired rows are not there. */
@Injectable()
export class OauthArtifactRepository {
  constructor(private readonly dataSource: DataSource) {}

  async put(artifact: NewArtifact): Promise<void> {
    await this.dataSource.query(
      `${insertArtifact} ON CONFLICT (tenant, model, hash) DO UPDATE
       SET payload = excluded.payload, grant_id = excluded.grant_id, uid = excluded.uid, expires_at = excluded.expires_at`,
      valuesOf(artifact),
    );
  }

  /** False when there is one of that name already, also one that another server puts there at the same moment. */
  async add(artifact: NewArtifact): Promise<boolean> {
    const rows = await this.dataSource.query<readonly unknown[]>(
      `${insertArtifact} ON CONFLICT DO NOTHING RETURNING hash`,
      valuesOf(artifact),
    );
    return rows.length === 1;
  }

  find(model: string, hash: string): Promise<StoredArtifact | undefined> {
    return this.read(model, 'hash', hash);
  }

  findByUid(model: string, uid: string): Promise<StoredArtifact | undefined> {
    return this.read(model, 'uid', uid);
  }

  /** True for the one that was first, whatever number of servers try. */
  async use(model: string, hash: string): Promise<boolean> {
    const [, used] = await this.dataSource.query<[unknown, number]>(
      `UPDATE oauth_artifact SET used_at = clock_timestamp()
       WHERE tenant = $1 AND model = $2 AND hash = $3 AND used_at IS NULL`,
      [tenant, model, hash],
    );
    return used === 1;
  }

  /** Lets it live on; the payload names its end too. */
  async extend(model: string, hash: string, seconds: number): Promise<void> {
    await this.dataSource.query(
      `UPDATE oauth_artifact SET expires_at = now() + make_interval(secs => $4),
         payload = jsonb_set(payload, '{exp}', to_jsonb(floor(extract(epoch FROM now()) + $4)::bigint))
       WHERE tenant = $1 AND model = $2 AND hash = $3 AND used_at IS NULL`,
      [tenant, model, hash, seconds],
    );
  }

  async remove(model: string, hash: string): Promise<void> {
    await this.dataSource.query('DELETE FROM oauth_artifact WHERE tenant = $1 AND model = $2 AND hash = $3', [
      tenant,
      model,
      hash,
    ]);
  }

  /** Sessions of the account, and interactions in which it has logged in. */
  async removeLoginsOf(account: string): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM oauth_artifact WHERE tenant = $1 AND (
         (model = 'Session' AND payload ->> 'accountId' = $2) OR
         (model = 'Interaction' AND $2 IN (
           payload #>> '{lastSubmission,state,account}', payload #>> '{lastSubmission,state,pending}',
           payload #>> '{result,login,accountId}')))`,
      [tenant, account],
    );
  }

  private async read(model: string, column: 'hash' | 'uid', value: string): Promise<StoredArtifact | undefined> {
    const [row] = await this.dataSource.query<readonly ArtifactRow[]>(
      `SELECT payload, extract(epoch FROM clock_timestamp() - used_at)::float8 AS "usedSecondsAgo"
       FROM oauth_artifact WHERE tenant = $1 AND model = $2 AND ${column} = $3 AND expires_at > now()`,
      [tenant, model, value],
    );
    return row;
  }
}

type ArtifactRow = StoredArtifact;

const insertArtifact = `INSERT INTO oauth_artifact (tenant, model, hash, payload, grant_id, uid, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7))`;

const valuesOf = ({ model, hash, payload, grantId, uid, ttlSeconds }: NewArtifact): unknown[] => [
  tenant,
  model,
  hash,
  JSON.stringify(payload),
  grantId,
  uid,
  ttlSeconds,
];
