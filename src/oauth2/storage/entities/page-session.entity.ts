import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../../database/tenant-row.entity.js';

/** A browser session of the account pages. */
@Entity('page_session')
export class PageSessionEntity extends TenantRow {
  /** SHA-256 of its cookie. */
  @PrimaryColumn({ type: 'text' })
  hash!: string;

  /** Account that is signed in. */
  @Column({ name: 'account_id', type: 'uuid' })
  accountId!: string;

  /** State of the visit (`account-sessions.ts`). */
  @Column({ type: 'jsonb' })
  state!: object;

  /** When the user signed in. */
  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  /** When it ends. */
  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;
}
