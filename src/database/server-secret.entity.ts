import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A random secret that all servers of the database share. */
@Entity('server_secret')
export class ServerSecretEntity {
  /** Whose secret it is; servers of 0.1.0 leave it out. */
  @PrimaryColumn({ type: 'integer', default: 1 })
  tenant!: number;

  /** Purpose of the secret. */
  @PrimaryColumn({ type: 'text' })
  name!: string;

  /** 32 random bytes. */
  @Column({ type: 'bytea' })
  value!: Buffer;
}
