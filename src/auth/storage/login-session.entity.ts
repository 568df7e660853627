import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One login and everything that came of it; its id is the `sid` of the access tokens. */
@Entity('login_session')
export class LoginSessionEntity {
  @PrimaryColumn({ type: 'integer' })
  tenant!: number;

  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ name: 'user_id', type: 'uuid' })
  userId!: string;

  @Column({ type: 'text' })
  scopes!: string;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;

  @Column({ name: 'revoked_at', type: 'timestamptz', nullable: true })
  revokedAt!: Date | null;
}
