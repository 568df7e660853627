import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../../database/tenant-row.entity.js';

/** A provision of an active Consent about access; a condition that is null holds for everything (docs/adr/0028). */
@Entity('consent_rule')
export class ConsentRuleEntity extends TenantRow {
  /** Id of the Consent. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  consent!: string;

  /** Number of the provision in the Consent. */
  @PrimaryColumn({ type: 'integer' })
  node!: number;

  /** `Patient/id`, whose record it is about. */
  @Column({ type: 'text', collation: 'C' })
  patient!: string;

  /** True if it denies, false if it permits. */
  @Column({ type: 'boolean' })
  denies!: boolean;

  /** True if it says something that cannot be evaluated: then it withholds more, and permits nothing. */
  @Column({ type: 'boolean' })
  uncertain!: boolean;

  /** The node that it is an exception to. */
  @Column({ type: 'integer', nullable: true })
  parent!: number | null;

  /** All nodes above it. */
  @Column({ type: 'integer', array: true })
  path!: number[];

  /** Instant from which it is in force. */
  @Column({ type: 'timestamptz', nullable: true })
  starts!: Date | null;

  /** Instant from which it is in force no more. */
  @Column({ type: 'timestamptz', nullable: true })
  ends!: Date | null;

  /** Actors: `Type/id`, or `Type␟system␟value` of a caller without a resource. */
  @Column({ type: 'text', array: true, nullable: true })
  actors!: string[] | null;

  /** Actions of the actors (`provision.action`). */
  @Column({ type: 'text', array: true, nullable: true })
  actions!: string[] | null;

  /** Purposes of the actors (`provision.purpose`). */
  @Column({ type: 'text', array: true, nullable: true })
  purposes!: string[] | null;

  /** Resource types. */
  @Column({ type: 'text', array: true, nullable: true })
  classes!: string[] | null;

  /** Ends of index entries, `code␟system`, one of which a row has. */
  @Column({ type: 'text', array: true, nullable: true })
  codes!: string[] | null;

  /** Index entries of `_security`, all of which a row has. */
  @Column({ type: 'text', array: true, nullable: true })
  labels!: string[] | null;

  /** `Type/id` of rows. */
  @Column({ type: 'text', array: true, nullable: true })
  data!: string[] | null;

  /** `Type/id` of what rows refer to. */
  @Column({ type: 'text', array: true, nullable: true })
  linked!: string[] | null;

  /** Begin of the time that rows are about, in microseconds since 1970. */
  @Column({ name: 'data_low', type: 'numeric', nullable: true })
  dataLow!: string | null;

  /** End of that time, not included. */
  @Column({ name: 'data_high', type: 'numeric', nullable: true })
  dataHigh!: string | null;
}

/** Progress of reading stored Consents into `consent_rule`; one row. */
@Entity('consent_reading')
export class ConsentReadingEntity extends TenantRow {
  /** Revision of the reader that read them. */
  @Column({ type: 'integer' })
  revision!: number;

  /** Id of the last Consent that was read; null: all were. */
  @Column({ name: 'at_id', type: 'text', nullable: true })
  atId!: string | null;

  /** Zone that dates without one were read in, and the rules of that zone. */
  @Column({ name: 'time_zone', type: 'text', default: 'UTC' })
  timeZone!: string;
}
