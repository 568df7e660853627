import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../../database/tenant-row.entity.js';

/** A committed version that a listener has not been told of yet (docs/adr/0063-an-outbox-for-what-follows-a-commit.md). */
@Entity('outbox_event')
export class OutboxEventEntity extends TenantRow {
  /** Full name of the hook, such as `@acme/cardio/notify`. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  listener!: string;

  /** Type of the resource. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  type!: string;

  /** Id of the resource. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  id!: string;

  /** Version that was committed; of a deletion, that of the tombstone. */
  @PrimaryColumn({ type: 'integer' })
  version!: number;

  /** Interaction that made the version. */
  @Column({ type: 'text' })
  interaction!: 'create' | 'update' | 'patch' | 'delete';

  /** Instant of the write. */
  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  happened!: Date;

  /** Instant from which on the attempts are counted: of the write, or when an operator sent it again. */
  @Column({ name: 'tried_since', type: 'timestamptz', precision: 3, default: () => 'now()' })
  triedSince!: Date;

  /** Instant of the next attempt. */
  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  due!: Date;

  /** Attempts that were begun. */
  @Column({ type: 'integer', default: 0 })
  attempts!: number;

  /** Mark of the attempt that is under way. */
  @Column({ type: 'text', nullable: true })
  claim!: string | null;

  /** Instant at which another server may take the event over. */
  @Column({ name: 'claimed_until', type: 'timestamptz', precision: 3, nullable: true })
  claimedUntil!: Date | null;

  /** True if it is not tried again by itself. */
  @Column({ type: 'boolean', default: false })
  dead!: boolean;

  /** Failure of the last attempt, without content. */
  @Column({ type: 'text', nullable: true })
  error!: string | null;
}
