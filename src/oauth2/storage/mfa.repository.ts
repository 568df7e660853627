import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, LessThan, type Repository } from 'typeorm';
import { PasskeyEntity } from './entities/passkey.entity.js';
import { RecoveryCodeEntity } from './entities/recovery-code.entity.js';
import { TotpFactorEntity } from './entities/totp-factor.entity.js';
import { currentTenant } from '../../database/tenant.js';

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

/** Second factors by account. What may count once only is decided by one statement. */
@Injectable()
export class MfaRepository {
  constructor(
    @InjectRepository(TotpFactorEntity) private readonly totp: Repository<TotpFactorEntity>,
    @InjectRepository(PasskeyEntity) private readonly keys: Repository<PasskeyEntity>,
    @InjectRepository(RecoveryCodeEntity) private readonly codes: Repository<RecoveryCodeEntity>,
  ) {}

  async totpSecret(accountId: string): Promise<string | undefined> {
    const row = await this.totp.findOneBy({ tenant: currentTenant(), accountId });
    return row?.secret;
  }

  totpSecrets(): Promise<readonly { readonly accountId: string; readonly secret: string }[]> {
    return this.totp.find({ select: { accountId: true, secret: true }, where: { tenant: currentTenant() } });
  }

  /** Unless the user has set it up anew meanwhile. */
  async resealTotp(accountId: string, before: string, secret: string): Promise<void> {
    await this.totp.update({ tenant: currentTenant(), accountId, secret: before }, { secret });
  }

  /** Replaces what there was; `step`: the one whose code proved that the user has the secret. */
  async saveTotp(accountId: string, secret: string, step: number): Promise<void> {
    const row = { tenant: currentTenant(), accountId, secret, lastStep: String(step), createdAt: () => 'now()' };
    await this.totp.upsert(row, ['tenant', 'accountId']);
  }

  /** False when this step or a later one was used before, in whatever process. */
  async useStep(accountId: string, step: number): Promise<boolean> {
    const lastStep = String(step);
    const { affected } = await this.totp.update(
      { tenant: currentTenant(), accountId, lastStep: LessThan(lastStep) },
      { lastStep },
    );
    return affected === 1;
  }

  async removeTotp(accountId: string): Promise<void> {
    await this.totp.delete({ tenant: currentTenant(), accountId });
  }

  async passkeys(accountId: string): Promise<readonly StoredPasskey[]> {
    const order = { createdAt: 'ASC', credentialId: 'ASC' } as const;
    const rows = await this.keys.find({ where: { tenant: currentTenant(), accountId }, order });
    return rows.map(({ credentialId, publicKey, counter, transports, label, createdAt, usedAt }) => {
      return { credentialId, publicKey, counter: Number(counter), transports, label, createdAt, usedAt };
    });
  }

  /** False when some account has this passkey already. */
  async addPasskey(accountId: string, passkey: NewPasskey): Promise<boolean> {
    const { credentialId, publicKey, counter, transports, label } = passkey;
    const { raw } = await this.keys
      .createQueryBuilder()
      .insert()
      .values({
        tenant: currentTenant(),
        credentialId,
        accountId,
        publicKey,
        counter: String(counter),
        transports: [...transports],
        label,
      })
      .orIgnore()
      .returning('credential_id')
      .execute();
    return (raw as readonly unknown[]).length === 1;
  }

  async notePasskeyUse(credentialId: string, counter: number): Promise<void> {
    await this.keys
      .createQueryBuilder()
      .update()
      .set({ counter: () => 'greatest(counter, :counter)', usedAt: () => 'now()' })
      .where({ tenant: currentTenant(), credentialId })
      .setParameter('counter', counter)
      .execute();
  }

  async removePasskey(accountId: string, credentialId: string): Promise<void> {
    await this.keys.delete({ tenant: currentTenant(), accountId, credentialId });
  }

  async removeAll(accountId: string): Promise<void> {
    await this.totp.manager.transaction('READ COMMITTED', async (tx) => {
      for (const entity of [TotpFactorEntity, PasskeyEntity, RecoveryCodeEntity])
        await tx.delete(entity, { tenant: currentTenant(), accountId });
    });
  }

  /** Codes that were made before count no more. */
  async replaceRecoveryCodes(accountId: string, hashes: readonly string[]): Promise<void> {
    await this.codes.manager.transaction('READ COMMITTED', async (tx) => {
      await tx.delete(RecoveryCodeEntity, { tenant: currentTenant(), accountId });
      await tx.insert(
        RecoveryCodeEntity,
        hashes.map((hash) => ({ tenant: currentTenant(), accountId, hash })),
      );
    });
  }

  async removeRecoveryCodes(accountId: string): Promise<void> {
    await this.codes.delete({ tenant: currentTenant(), accountId });
  }

  recoveryCodesLeft(accountId: string): Promise<number> {
    return this.codes.countBy({ tenant: currentTenant(), accountId, usedAt: IsNull() });
  }

  /** False when there is no such code, or somebody used it before. */
  async useRecoveryCode(accountId: string, hash: string): Promise<boolean> {
    const unused = { tenant: currentTenant(), accountId, hash, usedAt: IsNull() };
    const { affected } = await this.codes.update(unused, { usedAt: () => 'now()' });
    return affected === 1;
  }
}
