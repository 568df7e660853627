import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../../database/tenant-row.entity.js';

/** The authenticator app of an account (RFC 6238). */
@Entity('totp_factor')
export class TotpFactorEntity extends TenantRow {
  /** Whose it is. */
  @PrimaryColumn({ name: 'account_id', type: 'uuid' })
  accountId!: string;

  /** The shared secret, sealed where a key is set (`totp-seal.ts`). */
  @Column({ type: 'text' })
  secret!: string;

  /** The last time step whose code was used: earlier codes count no more. */
  @Column({ name: 'last_step', type: 'bigint' })
  lastStep!: string;

  /** When it was set up. */
  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;
}
