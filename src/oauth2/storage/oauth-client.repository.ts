import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { tenant } from '../../database/tenant.js';

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

/** Another client has this resource. */
export class ResourceTaken extends Error {
  constructor(readonly resource: string) {
    super(`${resource} is registered by another client`);
  }
}

/** Clients write a base with a slash at the end or without. */
export function spellingsOf(resource: string): readonly string[] {
  const plain = resource.replace(/\/$/, '');
  return [plain, `${plain}/`];
}

const ofResources = `FROM oauth_client, jsonb_array_elements_text(metadata -> 'resources') AS spelled (url)
  WHERE tenant = $1 AND metadata -> 'resources' ?| $2 AND spelled.url = ANY ($2)`;

const columns = `id, metadata, secret_hash AS "secretHash", registration_hash AS "registrationHash",
  machine_session AS "machineSession", created_by AS "createdBy", created_at AS "createdAt", disabled_at IS NOT NULL AS disabled`;

@Injectable()
export class OauthClientRepository {
  constructor(private readonly dataSource: DataSource) {}

  async find(id: string): Promise<StoredClient | undefined> {
    const rows = await this.dataSource.query<readonly StoredClient[]>(
      `SELECT ${columns} FROM oauth_client WHERE tenant = $1 AND id = $2`,
      [tenant, id],
    );
    return rows[0];
  }

  /** In the order of their ids, after `after`. */
  list(after = '', count: number): Promise<readonly StoredClient[]> {
    return this.dataSource.query<readonly StoredClient[]>(
      `SELECT ${columns} FROM oauth_client WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3`,
      [tenant, after, count],
    );
  }

  async hasOrigin(origin: string): Promise<boolean> {
    const rows = await this.dataSource.query<readonly unknown[]>(
      `SELECT 1 FROM oauth_client WHERE tenant = $1 AND origins @> ARRAY[$2::text] AND disabled_at IS NULL LIMIT 1`,
      [tenant, origin],
    );
    return rows.length > 0;
  }

  /** The resource of an active client, as it is registered; `spellings` differ by a slash at the end. */
  async findResource(spellings: readonly string[]): Promise<string | undefined> {
    const [row] = await this.dataSource.query<readonly { readonly url: string }[]>(
      `SELECT spelled.url ${ofResources} AND disabled_at IS NULL LIMIT 1`,
      [tenant, spellings],
    );
    return row?.url;
  }

  /** One of the resources that another client has, active or not, as it is registered there. `id`: of the client that may have them. */
  async findTaken(
    resources: readonly string[],
    id = '',
    tx: EntityManager = this.dataSource.manager,
  ): Promise<string | undefined> {
    if (resources.length === 0) return undefined;
    const [row] = await tx.query<readonly { readonly url: string }[]>(
      `SELECT spelled.url ${ofResources} AND id <> $3 LIMIT 1`,
      [tenant, resources.flatMap(spellingsOf), id],
    );
    return row?.url;
  }

  /** False when the id is taken. Throws {@link ResourceTaken}. */
  insert(client: NewClient): Promise<boolean> {
    return this.withOwnResources(client, (tx) => this.insertWith(tx, client));
  }

  private async insertWith(tx: EntityManager, client: NewClient): Promise<boolean> {
    const rows = await tx.query<readonly unknown[]>(
      `INSERT INTO oauth_client (tenant, id, metadata, origins, secret_hash, registration_hash, created_by, disabled_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, CASE WHEN $8 THEN now() END)
       ON CONFLICT DO NOTHING RETURNING id`,
      [
        tenant,
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

  /** False when there is no such client any more. Throws {@link ResourceTaken}. */
  async update(client: ClientChange, secret: 'keep-secret' | 'set-secret'): Promise<boolean> {
    return this.withOwnResources(client, (tx) => this.updateWith(tx, client, secret));
  }

  private async updateWith(
    tx: EntityManager,
    { id, metadata, origins, disabled, secretHash }: ClientChange,
    secret: 'keep-secret' | 'set-secret',
  ): Promise<boolean> {
    return this.changed(
      tx,
      `UPDATE oauth_client SET metadata = $3, origins = $4,
         disabled_at = CASE WHEN $5 THEN coalesce(disabled_at, now()) END,
         secret_hash = CASE WHEN $6 THEN $7 ELSE secret_hash END
       WHERE tenant = $1 AND id = $2 RETURNING id`,
      [id, JSON.stringify(metadata), origins, disabled, secret === 'set-secret', secretHash],
    );
  }

  setSecret(id: string, secretHash: string): Promise<boolean> {
    const statement = 'UPDATE oauth_client SET secret_hash = $3 WHERE tenant = $1 AND id = $2 RETURNING id';
    return this.changed(this.dataSource.manager, statement, [id, secretHash]);
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
      [tenant, id, revokedSeconds],
    );
    return row?.value;
  }

  /** A resource is of one client only, also while several servers register clients. */
  private withOwnResources<T>(
    { id, metadata }: Pick<NewClient, 'id' | 'metadata'>,
    store: (tx: EntityManager) => Promise<T>,
  ): Promise<T> {
    const resources = (metadata['resources'] ?? []) as readonly string[];
    if (resources.length === 0) return store(this.dataSource.manager);
    return this.dataSource.transaction('READ COMMITTED', async (tx) => {
      await tx.query("SELECT pg_advisory_xact_lock(hashtext('oauth_client_resource'))");
      const taken = await this.findTaken(resources, id, tx);
      if (taken !== undefined) throw new ResourceTaken(taken);
      return store(tx);
    });
  }

  /** TypeORM answers UPDATE and DELETE with the rows and their number. */
  private async changed(tx: EntityManager, statement: string, parameters: readonly unknown[]): Promise<boolean> {
    const [rows] = await tx.query<readonly [readonly unknown[], number]>(statement, [tenant, ...parameters]);
    return rows.length === 1;
  }
}
