import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../../database/tenant-row.entity.js';

/** A prepared launch; it counts once. */
@Entity('oauth_launch')
export class OauthLaunchEntity extends TenantRow {
  /** SHA-256 of the `launch` parameter. */
  @PrimaryColumn({ type: 'text' })
  hash!: string;

  /** The `oauth_client` that it is for. */
  @Column({ name: 'client_id', type: 'text' })
  clientId!: string;

  /** Name of the account that it is for. */
  @Column({ type: 'text' })
  account!: string;

  /** The launch context: patient, encounter and the like. */
  @Column({ type: 'jsonb' })
  context!: object;

  /** When it was used up; null until then. */
  @Column({ name: 'used_at', type: 'timestamptz', nullable: true })
  usedAt!: Date | null;

  /** When it stops to count. */
  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;
}
