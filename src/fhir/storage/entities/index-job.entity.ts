import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../../database/tenant-row.entity.js';

/** Stored rows are indexed anew, or looked at. */
@Entity('index_job')
export class IndexJobEntity extends TenantRow {
  /** Number of the job, in the order of the work. */
  @PrimaryColumn({ type: 'integer', default: () => `nextval('index_job_number')` })
  id!: number;

  /** Reason of the job; `form`: only rows of another form than the wanted one. */
  @Column({ type: 'text' })
  kind!: 'parameters' | 'reindex' | 'verify' | 'form';

  /** Resource types, in the order of the work. */
  @Column({ type: 'text', array: true })
  types!: string[];

  /** By the parameters of this generation, or a later one. */
  @Column({ type: 'integer' })
  generation!: number;

  /** True if servers may still search by what it replaces. */
  @Column({ type: 'boolean' })
  settles!: boolean;

  /** State of the job; jobs of kind `form` are open and taken instead of waiting and running. */
  @Column({ type: 'text', default: 'waiting' })
  state!: 'waiting' | 'running' | 'open' | 'taken' | 'done' | 'failed';

  /** Number of times that a worker gave it back after a failure. */
  @Column({ type: 'integer', default: 0 })
  attempts!: number;

  /** The worker that works at it. */
  @Column({ type: 'text', nullable: true })
  owner!: string | null;

  /** Instant until which that worker has it, unless it says that it goes on. */
  @Column({ type: 'timestamptz', nullable: true })
  lease!: Date | null;

  /** Place in `types` where it is. */
  @Column({ name: 'type_at', type: 'integer', default: 0 })
  typeAt!: number;

  /** True if it is at the superseded versions of that type. */
  @Column({ name: 'in_history', type: 'boolean', default: false })
  inHistory!: boolean;

  /** The last id that is done. */
  @Column({ name: 'at_id', type: 'text', default: '' })
  atId!: string;

  /** The last version of that id that is done. */
  @Column({ name: 'at_version', type: 'integer', default: 0 })
  atVersion!: number;

  /** Rows that are done. */
  @Column({ name: 'rows_done', type: 'bigint', default: 0 })
  rowsDone!: string;

  /** Rows that there are, by estimate; null until it has begun. */
  @Column({ name: 'rows_total', type: 'bigint', nullable: true })
  rowsTotal!: string | null;

  /** Rows that were looked at afterwards. */
  @Column({ type: 'integer', nullable: true })
  sampled!: number | null;

  /** Sampled rows whose index did not match their content. */
  @Column({ type: 'integer', nullable: true })
  differing!: number | null;

  /** Reason of the failure. */
  @Column({ type: 'text', nullable: true })
  reason!: string | null;

  /** Instant at which it was ordered. */
  @Column({ type: 'timestamptz', default: () => 'now()' })
  created!: Date;

  /** Instant at which it was done or failed. */
  @Column({ type: 'timestamptz', nullable: true })
  finished!: Date | null;
}
