import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../../database/tenant-row.entity.js';

/** Work that goes on after its request was answered. */
@Entity('job')
export class JobEntity extends TenantRow {
  /** A UUID of random bits. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  id!: string;

  /** Part of the server that carries it out. */
  @Column({ type: 'text' })
  kind!: string;

  /** Hash of issuer, subject and client, who alone may ask for it. */
  @Column({ type: 'text', collation: 'C' })
  caller!: string;

  /** JSON of what is to be done, and for whom; no token. */
  @Column({ type: 'text' })
  request!: string;

  /** State of the work; what failed is done too. */
  @Column({ type: 'text', default: 'waiting' })
  state!: 'waiting' | 'running' | 'done';

  /** Number of times that a server has taken it. */
  @Column({ type: 'integer', default: 0 })
  fence!: number;

  /** Number of times that it was begun, apart from those when its server stopped in order. */
  @Column({ type: 'integer', default: 0 })
  attempts!: number;

  /** Instant until which a server has it, unless that says that it goes on. */
  @Column({ type: 'timestamptz', nullable: true })
  lease!: Date | null;

  /** Progress in words, for the header X-Progress. */
  @Column({ type: 'text', nullable: true })
  progress!: string | null;

  /** HTTP status that it ended with. */
  @Column({ type: 'integer', nullable: true })
  status!: number | null;

  /** JSON of the resource that it ended with. */
  @Column({ type: 'text', nullable: true })
  answer!: string | null;

  /** Instant of the last question about it. */
  @Column({ type: 'timestamptz', nullable: true })
  polled!: Date | null;

  /** Instant at which it was ordered. */
  @Column({ type: 'timestamptz', default: () => 'now()' })
  created!: Date;

  /** Instant at which it ended. */
  @Column({ type: 'timestamptz', nullable: true })
  finished!: Date | null;
}
