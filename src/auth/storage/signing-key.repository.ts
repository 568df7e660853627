import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';
import { SigningKeyEntity } from './signing-key.entity.js';
import { secondsFromNow } from '../../database/database-time.js';
import { currentTenant } from '../../database/tenant.js';

export type StoredSigningKey = Pick<Readonly<SigningKeyEntity>, 'kid' | 'alg' | 'publicJwk' | 'privateKey'> & {
  /** Negative until the key may sign. */
  readonly secondsActive: number;
};

export type NewSigningKey = Pick<StoredSigningKey, 'kid' | 'alg' | 'publicJwk' | 'privateKey'>;

/** Changes to the keys, possible only under the lock that one server at a time holds. */
export interface SigningKeyChanges {
  readonly keys: readonly StoredSigningKey[];
  add(key: NewSigningKey, activatesInSeconds: number): Promise<void>;
  retire(kid: string, inSeconds: number): Promise<void>;
  replacePrivateKey(kid: string, privateKey: string): Promise<void>;
}

@Injectable()
export class SigningKeyRepository {
  constructor(@InjectRepository(SigningKeyEntity) private readonly rows: Repository<SigningKeyEntity>) {}

  /** Keys to publish, newest first. */
  published(): Promise<readonly StoredSigningKey[]> {
    return readPublished(this.rows.manager);
  }

  /** The lock ends with the transaction, so it also holds behind a pooler in transaction mode. */
  async change(work: (changes: SigningKeyChanges) => Promise<void>): Promise<void> {
    await this.rows.manager.transaction('READ COMMITTED', async (tx) => {
      await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('lanyard signing keys', $1))`, [currentTenant()]);
      await work({
        keys: await readPublished(tx),
        add: async (key, activatesInSeconds) => {
          await tx.insert(SigningKeyEntity, {
            tenant: currentTenant(),
            ...key,
            activatesAt: secondsFromNow(activatesInSeconds),
          });
        },
        retire: async (kid, inSeconds) => {
          await tx.update(SigningKeyEntity, { tenant: currentTenant(), kid }, { retiresAt: secondsFromNow(inSeconds) });
        },
        replacePrivateKey: async (kid, privateKey) => {
          await tx.update(SigningKeyEntity, { tenant: currentTenant(), kid }, { privateKey });
        },
      });
    });
  }
}

// SQL: the seconds are counted by the clock of the database.
function readPublished(manager: EntityManager): Promise<readonly StoredSigningKey[]> {
  return manager.query<readonly StoredSigningKey[]>(
    `SELECT kid, alg, public_jwk AS "publicJwk", private_key AS "privateKey",
            extract(epoch FROM now() - activates_at)::float8 AS "secondsActive"
     FROM signing_key WHERE tenant = $1 AND (retires_at IS NULL OR retires_at > now())
     ORDER BY activates_at DESC, kid`,
    [currentTenant()],
  );
}
