import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../database/tenant-row.entity.js';

/** Failed attempts of one user, one address, or one user from one address, within one window. */
@Entity('login_throttle')
export class LoginThrottleEntity extends TenantRow {
  /** A keyed hash: people type passwords into the user field. */
  @PrimaryColumn({ type: 'text' })
  key!: string;

  /** Failed attempts within the window. */
  @Column({ type: 'integer' })
  failures!: number;

  /** When the window ends. */
  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;
}
