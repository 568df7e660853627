import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../database/tenant-row.entity.js';

/** A refresh token, known only by its SHA-256. */
@Entity('refresh_token')
export class RefreshTokenEntity extends TenantRow {
  /** SHA-256 of the token. */
  @PrimaryColumn({ type: 'text' })
  hash!: string;

  /** The login session that it refreshes. */
  @Column({ name: 'session_id', type: 'uuid' })
  sessionId!: string;

  /** When it was given. */
  @Column({ name: 'issued_at', type: 'timestamptz', default: () => 'now()' })
  issuedAt!: Date;

  /** When it stops to count. */
  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;

  /** When it was exchanged for a successor; null until then. */
  @Column({ name: 'used_at', type: 'timestamptz', nullable: true })
  usedAt!: Date | null;
}
