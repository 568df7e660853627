import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../../database/tenant-row.entity.js';

/** A recovery code of an account; it counts once. */
@Entity('recovery_code')
export class RecoveryCodeEntity extends TenantRow {
  /** Whose it is. */
  @PrimaryColumn({ name: 'account_id', type: 'uuid' })
  accountId!: string;

  /** Hash of the code. */
  @PrimaryColumn({ type: 'text' })
  hash!: string;

  /** When it was used; null until then. */
  @Column({ name: 'used_at', type: 'timestamptz', nullable: true })
  usedAt!: Date | null;
}
