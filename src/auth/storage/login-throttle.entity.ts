import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Failed attempts of one user, one address, or one user from one address, within one window. */
@Entity('login_throttle')
export class LoginThrottleEntity {
  @PrimaryColumn({ type: 'integer' })
  tenant!: number;

  /** A keyed hash: people type passwords into the user field. */
  @PrimaryColumn({ type: 'text' })
  key!: string;

  @Column({ type: 'integer' })
  failures!: number;

  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;
}
