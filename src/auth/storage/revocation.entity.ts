import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A token (`jti`) or a whole session (`sid`) that ended before its time. */
@Entity('revocation')
export class RevocationEntity {
  @PrimaryColumn({ type: 'integer' })
  tenant!: number;

  @PrimaryColumn({ type: 'text' })
  kind!: 'jti' | 'sid';

  @PrimaryColumn({ type: 'text' })
  value!: string;

  @Column({ name: 'revoked_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  revokedAt!: Date;

  /** When the last token concerned has expired anyway. */
  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;
}
