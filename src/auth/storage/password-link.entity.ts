import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../database/tenant-row.entity.js';

/** A link with which a user chooses a password (docs/adr/0040). */
@Entity('password_link')
export class PasswordLinkEntity extends TenantRow {
  /** SHA-256 of the secret in the link. */
  @PrimaryColumn({ type: 'text' })
  hash!: string;

  /** The account whose password it sets. */
  @Column({ name: 'account_id', type: 'uuid' })
  accountId!: string;

  /** When the link was made. */
  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  /** When the link stops to count. */
  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;
}
