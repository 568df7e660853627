import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { ArrayContains, IsNull, MoreThan, type EntityManager, type Repository } from 'typeorm';
import { OauthClientEntity } from './entities/oauth-client.entity.js';
import { currentTenant } from '../../database/tenant.js';

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

/** Columns that a change replaces; the hashes have statements of their own. */
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

// SQL: the resources stand within the metadata.
const ofResources = `FROM oauth_client, jsonb_array_elements_text(metadata -> 'resources') AS spelled (url)
  WHERE tenant = $1 AND metadata -> 'resources' ?| $2 AND spelled.url = ANY ($2)`;

const clientOf = ({ disabledAt, metadata, ...row }: OauthClientEntity): StoredClient => ({
  ...row,
  metadata: metadata as StoredClient['metadata'],
  disabled: disabledAt !== null,
});

@Injectable()
export class OauthClientRepository {
  constructor(@InjectRepository(OauthClientEntity) private readonly rows: Repository<OauthClientEntity>) {}

  async find(id: string): Promise<StoredClient | undefined> {
    const row = await this.rows.findOneBy({ tenant: currentTenant(), id });
    return row === null ? undefined : clientOf(row);
  }

  /** In the order of their ids, after `after`. */
  async list(after = '', count: number): Promise<readonly StoredClient[]> {
    const rows = await this.rows.find({
      where: { tenant: currentTenant(), id: MoreThan(after) },
      order: { id: 'ASC' },
      take: count,
    });
    return rows.map(clientOf);
  }

  hasOrigin(origin: string): Promise<boolean> {
    return this.rows.existsBy({ tenant: currentTenant(), origins: ArrayContains([origin]), disabledAt: IsNull() });
  }

  /** The resource of an active client, as it is registered; `spellings` differ by a slash at the end. */
  async findResource(spellings: readonly string[]): Promise<string | undefined> {
    const [row] = await this.rows.query<readonly { readonly url: string }[]>(
      `SELECT spelled.url ${ofResources} AND disabled_at IS NULL LIMIT 1`,
      [currentTenant(), spellings],
    );
    return row?.url;
  }

  /** One of the resources that another client has, active or not, as it is registered there. `id`: of the client that may have them. */
  async findTaken(
    resources: readonly string[],
    id = '',
    tx: EntityManager = this.rows.manager,
  ): Promise<string | undefined> {
    if (resources.length === 0) return undefined;
    const [row] = await tx.query<readonly { readonly url: string }[]>(
      `SELECT spelled.url ${ofResources} AND id <> $3 LIMIT 1`,
      [currentTenant(), resources.flatMap(spellingsOf), id],
    );
    return row?.url;
  }

  /** False when the id is taken. Throws {@link ResourceTaken}. */
  insert(client: NewClient): Promise<boolean> {
    return this.withOwnResources(client, (tx) => this.insertWith(tx, client));
  }

  private async insertWith(tx: EntityManager, client: NewClient): Promise<boolean> {
    const { id, metadata, origins, secretHash, registrationHash, createdBy, disabled } = client;
    const state = { origins: [...origins], disabledAt: disabled ? () => 'now()' : null };
    const { raw } = await tx
      .createQueryBuilder()
      .insert()
      .into(OauthClientEntity)
      .values({ tenant: currentTenant(), id, metadata, secretHash, registrationHash, createdBy, ...state })
      .orIgnore()
      .returning('id')
      .execute();
    return (raw as readonly unknown[]).length === 1;
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
    const change = {
      metadata,
      origins: [...origins],
      disabledAt: disabled ? () => 'least(disabled_at, now())' : null,
      ...(secret === 'set-secret' && { secretHash }),
    };
    const { affected } = await tx.update(OauthClientEntity, { tenant: currentTenant(), id }, change);
    return affected === 1;
  }

  async setSecret(id: string, secretHash: string): Promise<boolean> {
    const { affected } = await this.rows.update({ tenant: currentTenant(), id }, { secretHash });
    return affected === 1;
  }

  /** The `sid` that its own tokens had, published as ended in the same transaction; undefined when there is no such client. */
  remove(id: string, revokedSeconds: number): Promise<string | undefined> {
    return this.publishEnd(id, revokedSeconds, (rows, which) => rows.delete(which));
  }

  /** As {@link remove}, for a client that stays: its next tokens have another `sid`. */
  renewMachineSession(id: string, revokedSeconds: number): Promise<string | undefined> {
    return this.publishEnd(id, revokedSeconds, (rows, which) => rows.update(which, { machineSession: randomUUID() }));
  }

  private async publishEnd(
    id: string,
    revokedSeconds: number,
    change: (rows: Repository<OauthClientEntity>, which: { tenant: number; id: string }) => Promise<unknown>,
  ): Promise<string | undefined> {
    return this.rows.manager.transaction('READ COMMITTED', async (tx) => {
      const rows = tx.withRepository(this.rows);
      const which = { tenant: currentTenant(), id };
      const ended = await rows.findOne({ where: which, lock: { mode: 'pessimistic_write' } });
      if (!ended) return undefined;
      await change(rows, which);
      // SQL: the time is that of the database, also where there is such a row.
      await tx.query(
        `INSERT INTO revocation (tenant, kind, value, expires_at)
         VALUES ($1, 'sid', $2, statement_timestamp() + make_interval(secs => $3))
         ON CONFLICT (tenant, kind, value) DO UPDATE SET expires_at = excluded.expires_at`,
        [which.tenant, ended.machineSession, revokedSeconds],
      );
      return ended.machineSession;
    });
  }

  /** A resource is of one client only, also while several servers register clients. */
  private withOwnResources<T>(
    { id, metadata }: Pick<NewClient, 'id' | 'metadata'>,
    store: (tx: EntityManager) => Promise<T>,
  ): Promise<T> {
    const resources = (metadata['resources'] ?? []) as readonly string[];
    if (resources.length === 0) return store(this.rows.manager);
    return this.rows.manager.transaction('READ COMMITTED', async (tx) => {
      await tx.query("SELECT pg_advisory_xact_lock(hashtextextended('oauth_client_resource', $1))", [currentTenant()]);
      const taken = await this.findTaken(resources, id, tx);
      if (taken !== undefined) throw new ResourceTaken(taken);
      return store(tx);
    });
  }
}
