import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { TENANT } from '../../auth/storage/tenant.js';

/** A client as stored; `metadata` is what was registered, the rest is ours. */
export interface StoredClient {
  readonly id: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly secretHash: string | null;
  readonly registrationHash: string | null;
  /** `sid` of the tokens that the client gets for itself. */
  readonly machineSession: string;
  readonly createdBy: 'admin' | 'apply' | 'registration';
  readonly createdAt: Date;
  readonly disabled: boolean;
}

export type NewClient = Omit<StoredClient, 'createdAt' | 'machineSession'> & { readonly origins: readonly string[] };

/** What a change replaces; the hashes have statements of their own. */
export type ClientChange = Pick<NewClient, 'id' | 'metadata' | 'origins' | 'disabled' | 'secretHash'>;

const columns = `id, metadata, secret_hash AS "secretHash", registration_hash AS "registrationHash",
  machine_session AS "machineSession", created_by AS "createdBy", created_at AS "createdAt", disabled_at IS NOT NULL AS disabled`;

@Injectable()
export class OauthClientRepository {
  constructor(private readonly dataSource: DataSource) {}

  async find(id: string): Promise<StoredClient | undefined> {
    const rows = await this.dataSource.query<readonly StoredClient[]>(
      `SELECT ${columns} FROM oauth_client WHERE tenant = $1 AND id = $2`,
      [TENANT, id],
    );
    return rows[0];
  }

  /** In the order of their ids, after `after`. */
  list(after = '', count: number): Promise<readonly StoredClient[]> {
    return this.dataSource.query<readonly StoredClient[]>(
      `SELECT ${columns} FROM oauth_client WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3`,
      [TENANT, after, count],
    );
  }

  async hasOrigin(origin: string): Promise<boolean> {
    const rows = await this.dataSource.query<readonly unknown[]>(
      `SELECT 1 FROM oauth_client WHERE tenant = $1 AND origins @> ARRAY[$2::text] AND disabled_at IS NULL LIMIT 1`,
      [TENANT, origin],
    );
    return rows.length > 0;
  }

  /** False when the id is taken. */
  async insert(client: NewClient): Promise<boolean> {
    const rows = await this.dataSource.query<readonly unknown[]>(
      `INSERT INTO oauth_client (tenant, id, metadata, origins, secret_hash, registration_hash, created_by, disabled_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, CASE WHEN $8 THEN now() END)
       ON CONFLICT DO NOTHING RETURNING id`,
      [
        TENANT,
        client.id,
        JSON.stringify(client.metadata),
        client.origins,
        client.secretHash,
        client.registrationHash,
        client.createdBy,
        client.disabled,
      ],
    );
    return rows.length === 1;
  }

  /** False when there is no such client any more. */
  async update(client: ClientChange, secret: 'keep-secret' | 'set-secret'): Promise<boolean> {
    const { id, metadata, origins, disabled, secretHash } = client;
    return this.changed(
      `UPDATE oauth_client SET metadata = $3, origins = $4,
         disabled_at = CASE WHEN $5 THEN coalesce(disabled_at, now()) END,
         secret_hash = CASE WHEN $6 THEN $7 ELSE secret_hash END
       WHERE tenant = $1 AND id = $2 RETURNING id`,
      [id, JSON.stringify(metadata), origins, disabled, secret === 'set-secret', secretHash],
    );
  }

  setSecret(id: string, secretHash: string): Promise<boolean> {
    return this.changed('UPDATE oauth_client SET secret_hash = $3 WHERE tenant = $1 AND id = $2 RETURNING id', [
      id,
      secretHash,
    ]);
  }

  /** The `sid` that its own tokens had, published as ended in the same statement; undefined when there is no such client. */
  remove(id: string, revokedSeconds: number): Promise<string | undefined> {
    return this.publishEnd('DELETE FROM oauth_client WHERE tenant = $1 AND id = $2', id, revokedSeconds);
  }

  /** The same for a client that stays. */
  renewMachineSession(id: string, revokedSeconds: number): Promise<string | undefined> {
    const renewal = 'UPDATE oauth_client SET machine_session = gen_random_uuid()::text WHERE tenant = $1 AND id = $2';
    return this.publishEnd(renewal, id, revokedSeconds);
  }

  private async publishEnd(change: string, id: string, revokedSeconds: number): Promise<string | undefined> {
    const [row] = await this.dataSource.query<readonly { readonly value: string }[]>(
      `WITH ended AS (SELECT machine_session AS value FROM oauth_client WHERE tenant = $1 AND id = $2 FOR UPDATE),
            changed AS (${change})
       INSERT INTO revocation (tenant, kind, value, expires_at)
       SELECT $1, 'sid', value, clock_timestamp() + make_interval(secs => $3) FROM ended
       ON CONFLICT (tenant, kind, value) DO UPDATE SET expires_at = excluded.expires_at RETURNING value`,
      [TENANT, id, revokedSeconds],
    );
    return row?.value;
  }

  /** TypeORM answers UPDATE and DELETE with the rows and their number. */
  private async changed(statement: string, parameters: readonly unknown[]): Promise<boolean> {
    const [rows] = await this.dataSource.query<readonly [readonly unknown[], number]>(statement, [
      TENANT,
      ...parameters,
    ]);
    return rows.length === 1;
  }
}
