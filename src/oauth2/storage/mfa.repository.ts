import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { tenant } from '../../database/tenant.js';

export interface StoredPasskey {
  readonly credentialId: string;
  readonly publicKey: Buffer;
  readonly counter: number;
  readonly transports: readonly string[];
  readonly label: string;
  readonly createdAt: Date;
  readonly usedAt: Date | null;
}

export type NewPasskey = Omit<StoredPasskey, 'createdAt' | 'usedAt'>;

const passkeyColumns = `credential_id AS "credentialId", public_key AS "publicKey", counter::float8 AS counter, transports,
  label, created_at AS "createdAt", used_at AS "usedAt"`;

/** Second factors by account. What may count once only is decided by one statement. */
@Injectable()
export class MfaRepository {
  constructor(private readonly dataSource: DataSource) {}

  async totpSecret(accountId: string): Promise<string | undefined> {
    const [row] = await this.dataSource.query<{ secret: string }[]>(
      'SELECT secret FROM totp_factor WHERE tenant = $1 AND account_id = $2',
      [tenant, accountId],
    );
    return row?.secret;
  }

  async totpSecrets(): Promise<readonly { readonly accountId: string; readonly secret: string }[]> {
    return this.dataSource.query('SELECT account_id AS "accountId", secret FROM totp_factor WHERE tenant = $1', [
      tenant,
    ]);
  }

  /** Unless the user has set it up anew meanwhile. */
  async resealTotp(accountId: string, before: string, secret: string): Promise<void> {
    await this.dataSource.query(
      'UPDATE totp_factor SET secret = $4 WHERE tenant = $1 AND account_id = $2 AND secret = $3',
      [tenant, accountId, before, secret],
    );
  }

  /** Replaces what there was; `step`: the one whose code proved that the user has the secret. */
  async saveTotp(accountId: string, secret: string, step: number): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO totp_factor (tenant, account_id, secret, last_step) VALUES ($1, $2, $3, $4)
       ON CONFLICT (tenant, account_id) DO UPDATE
       SET secret = excluded.secret, last_step = excluded.last_step, created_at = now()`,
      [tenant, accountId, secret, step],
    );
  }

  /** False when this step or a later one was used before, in whatever process. */
  async useStep(accountId: string, step: number): Promise<boolean> {
    const used = await this.dataSource.query<[unknown, number]>(
      'UPDATE totp_factor SET last_step = $3 WHERE tenant = $1 AND account_id = $2 AND last_step < $3',
      [tenant, accountId, step],
    );
    return used[1] === 1;
  }

  async removeTotp(accountId: string): Promise<void> {
    await this.dataSource.query('DELETE FROM totp_factor WHERE tenant = $1 AND account_id = $2', [tenant, accountId]);
  }

  passkeys(accountId: string): Promise<readonly StoredPasskey[]> {
    return this.dataSource.query<StoredPasskey[]>(
      `SELECT ${passkeyColumns} FROM passkey WHERE tenant = $1 AND account_id = $2 ORDER BY created_at, credential_id`,
      [tenant, accountId],
    );
  }

  /** False when some account has this passkey already. */
  async addPasskey(accountId: string, passkey: NewPasskey): Promise<boolean> {
    const { credentialId, publicKey, counter, transports, label } = passkey;
    const rows = await this.dataSource.query<unknown[]>(
      `INSERT INTO passkey (tenant, credential_id, account_id, public_key, counter, transports, label)
       VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING credential_id`,
      [tenant, credentialId, accountId, publicKey, counter, transports, label],
    );
    return rows.length === 1;
  }

  async notePasskeyUse(credentialId: string, counter: number): Promise<void> {
    await this.dataSource.query(
      `UPDATE passkey SET counter = greatest(counter, $3), used_at = now() WHERE tenant = $1 AND credential_id = $2`,
      [tenant, credentialId, counter],
    );
  }

  async removePasskey(accountId: string, credentialId: string): Promise<void> {
    await this.dataSource.query('DELETE FROM passkey WHERE tenant = $1 AND account_id = $2 AND credential_id = $3', [
      tenant,
      accountId,
      credentialId,
    ]);
  }

  async removeAll(accountId: string): Promise<void> {
    await this.dataSource.transaction('READ COMMITTED', async (tx) => {
      for (const table of ['totp_factor', 'passkey', 'recovery_code']) {
        await tx.query(`DELETE FROM ${table} WHERE tenant = $1 AND account_id = $2`, [tenant, accountId]);
      }
    });
  }

  /** Those made before count no more. */
  async replaceRecoveryCodes(accountId: string, hashes: readonly string[]): Promise<void> {
    await this.dataSource.transaction('READ COMMITTED', async (tx) => {
      await removeCodes(tx, accountId);
      await tx.query(
        'INSERT INTO recovery_code (tenant, account_id, hash) SELECT $1, $2, hash FROM unnest($3::text[]) AS hash',
        [tenant, accountId, hashes],
      );
    });
  }

  removeRecoveryCodes(accountId: string): Promise<void> {
    return removeCodes(this.dataSource.manager, accountId);
  }

  async recoveryCodesLeft(accountId: string): Promise<number> {
    const [row] = await this.dataSource.query<{ left: number }[]>(
      'SELECT count(*)::int AS left FROM recovery_code WHERE tenant = $1 AND account_id = $2 AND used_at IS NULL',
      [tenant, accountId],
    );
    return row?.left ?? 0;
  }

  /** False when there is no such code, or somebody used it before. */
  async useRecoveryCode(accountId: string, hash: string): Promise<boolean> {
    const used = await this.dataSource.query<[unknown, number]>(
      `UPDATE recovery_code SET used_at = now()
       WHERE tenant = $1 AND account_id = $2 AND hash = $3 AND used_at IS NULL`,
      [tenant, accountId, hash],
    );
    return used[1] === 1;
  }
}

async function removeCodes(tx: EntityManager, accountId: string): Promise<void> {
  await tx.query('DELETE FROM recovery_code WHERE tenant = $1 AND account_id = $2', [tenant, accountId]);
}
