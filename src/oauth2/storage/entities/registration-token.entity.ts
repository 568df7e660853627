import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../../database/tenant-row.entity.js';

/** An initial access token, which opens dynamic registration (RFC 7591 section 3). */
@Entity('registration_token')
export class RegistrationTokenEntity extends TenantRow {
  /** SHA-256 of the token. */
  @PrimaryColumn({ type: 'text' })
  hash!: string;

  /** The most that a client may register, separated by spaces; null: the usual. */
  @Column({ type: 'text', nullable: true })
  scopes!: string | null;

  /** Number of clients that it can still register. */
  @Column({ name: 'uses_left', type: 'integer' })
  usesLeft!: number;

  /** When it was made. */
  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  /** When it stops to count. */
  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;
}
