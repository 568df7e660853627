import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../../database/tenant-row.entity.js';

/** A registered client. */
@Entity('oauth_client')
export class OauthClientEntity extends TenantRow {
  /** The `client_id` (RFC 6749 section 2.2). */
  @PrimaryColumn({ type: 'text' })
  id!: string;

  /** Registered metadata (RFC 7591 section 2, and members of our own). */
  @Column({ type: 'jsonb' })
  metadata!: object;

  /** Origins from which a browser may call (CORS). */
  @Column({ type: 'text', array: true })
  origins!: string[];

  /** Hash of the client secret; null: it has none. */
  @Column({ name: 'secret_hash', type: 'text', nullable: true })
  secretHash!: string | null;

  /** Hash of the registration access token (RFC 7592); null: it has none. */
  @Column({ name: 'registration_hash', type: 'text', nullable: true })
  registrationHash!: string | null;

  /** The `sid` of tokens that the client gets for itself. */
  @Column({ name: 'machine_session', type: 'text', default: () => 'gen_random_uuid()::text' })
  machineSession!: string;

  /** The way it was registered: admin API, `lanyard apply`, or dynamic registration. */
  @Column({ name: 'created_by', type: 'text' })
  createdBy!: 'admin' | 'apply' | 'registration';

  /** When it was registered. */
  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  /** Since when it may not be used; null: it may. */
  @Column({ name: 'disabled_at', type: 'timestamptz', nullable: true })
  disabledAt!: Date | null;
}
