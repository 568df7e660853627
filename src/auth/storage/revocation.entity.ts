import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../database/tenant-row.entity.js';

/** A token (`jti`) or a whole session (`sid`) that ended before its time. */
@Entity('revocation')
export class RevocationEntity extends TenantRow {
  /** Kind of identifier that `value` holds. */
  @PrimaryColumn({ type: 'text' })
  kind!: 'jti' | 'sid';

  /** The `jti` of a token, or the `sid` of a session. */
  @PrimaryColumn({ type: 'text' })
  value!: string;

  /** When it was revoked, by the clock of the database. */
  @Column({ name: 'revoked_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  revokedAt!: Date;

  /** When the last token concerned has expired anyway. */
  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;
}
