import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../../database/tenant-row.entity.js';

/** A closure table of a caller (docs/adr/0108). */
@Entity('terminology_closure')
export class TerminologyClosureEntity extends TenantRow {
  /** Hash of issuer, subject and client. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  caller!: string;

  /** Name that the client gave it. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  name!: string;

  /** Leads its concepts; another one after each initialisation. */
  @Column({ type: 'uuid' })
  closure!: string;

  /** Number of calls that added concepts. */
  @Column({ type: 'integer' })
  version!: number;

  /** JSON: by url of a code system, its canonical and the edition that relations were told by. */
  @Column({ type: 'text' })
  systems!: string;

  /** Instant of the last use, to the day. */
  @Column({ type: 'timestamptz' })
  used!: Date;
}

/** A concept of a closure table. */
@Entity('terminology_closure_concept')
export class TerminologyClosureConceptEntity extends TenantRow {
  /** Closure table that it is in. */
  @PrimaryColumn({ type: 'uuid' })
  closure!: string;

  /** Canonical of its code system. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  system!: string;

  /** Its code, as it was sent. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  code!: string;

  /** Its code, as the code system writes it. */
  @Column({ type: 'text', collation: 'C' })
  own!: string;

  /** Version of the closure table that added it. */
  @Column({ type: 'integer' })
  added!: number;
}
