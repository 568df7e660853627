import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../../database/tenant-row.entity.js';

/** Result of a request with an Idempotency-Key, for a day. */
@Entity('idempotency_key')
export class IdempotencyKeyEntity extends TenantRow {
  /** Hash of issuer, subject and client: keys of different callers have nothing to do with each other. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  caller!: string;

  /** The name that the client gave the request. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  key!: string;

  /** Hash of what was sent, and of what the caller might do. */
  @Column({ type: 'text' })
  request!: string;

  /** JSON of what was written, without content; null until it was. */
  @Column({ type: 'text', nullable: true })
  answer!: string | null;

  /** Instant at which the request came. */
  @Column({ type: 'timestamptz', default: () => 'now()' })
  created!: Date;
}
