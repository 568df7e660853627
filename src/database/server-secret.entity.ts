import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A random secret that all servers of the database share. */
@Entity('server_secret')
export class ServerSecretEntity {
  /** Purpose of the secret; of a tenant other than `default`, after its number and a slash. */
  @PrimaryColumn({ type: 'text' })
  name!: string;

  /** 32 random bytes. */
  @Column({ type: 'bytea' })
  value!: Buffer;
}
