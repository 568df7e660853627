import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../../database/tenant-row.entity.js';

/** Which account belongs to somebody at an upstream provider. */
@Entity('upstream_identity')
export class UpstreamIdentityEntity extends TenantRow {
  /** The provider. */
  @PrimaryColumn({ type: 'text' })
  issuer!: string;

  /** The `sub` there, unique together with its issuer. */
  @PrimaryColumn({ type: 'text' })
  subject!: string;

  /** The account here. */
  @Column({ name: 'account_id', type: 'uuid' })
  accountId!: string;

  /** True if grants and fhirUser come from the claims of each login. */
  @Column({ type: 'boolean' })
  managed!: boolean;

  /** When they were linked. */
  @Column({ name: 'linked_at', type: 'timestamptz', default: () => 'now()' })
  linkedAt!: Date;

  /** When the user last came that way; null: never. */
  @Column({ name: 'last_login_at', type: 'timestamptz', nullable: true })
  lastLoginAt!: Date | null;
}
