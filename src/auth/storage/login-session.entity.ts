import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../database/tenant-row.entity.js';

/** One login and everything that came of it; its id is the `sid` of the access tokens. */
@Entity('login_session')
export class LoginSessionEntity extends TenantRow {
  /** The `sid` of its access tokens. */
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  /** The account that logged in. */
  @Column({ name: 'user_id', type: 'uuid' })
  userId!: string;

  /** Scopes of its tokens, separated by spaces. */
  @Column({ type: 'text' })
  scopes!: string;

  /** When the user logged in. */
  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  /** When the session ends, whatever is refreshed. */
  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;

  /** When the session was ended before its time. */
  @Column({ name: 'revoked_at', type: 'timestamptz', nullable: true })
  revokedAt!: Date | null;
}
