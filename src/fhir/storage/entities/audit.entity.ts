import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
import { TenantRow } from '../../../database/tenant-row.entity.js';

/** Event in the short form, until it is sealed (docs/adr/0025-audit.md). */
@Entity('audit_record')
export class AuditRecordEntity extends TenantRow {
  /** Order of the records. */
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  sequence!: string;

  /** The record, JSON. */
  @Column({ type: 'text' })
  entry!: string;
}

/** One link of the chain of hashes, for each AuditEvent. */
@Entity('audit_seal')
export class AuditSealEntity extends TenantRow {
  /** Its place in the chain. */
  @PrimaryColumn({ type: 'bigint' })
  position!: string;

  /** Id of the AuditEvent. */
  @Column({ type: 'text', collation: 'C' })
  id!: string;

  /** `AuditEvent.recorded`. */
  @Column({ type: 'timestamptz', precision: 3 })
  recorded!: Date;

  /** Hash of the link before and of the AuditEvent. */
  @Column({ type: 'bytea' })
  hash!: Buffer;
}

/** What AuditEvents of one kind and one token share, where their rows are in the short form (docs/adr/0151). */
@Entity('audit_head')
export class AuditHeadEntity extends TenantRow {
  /** A hash of what it has; rows name it. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  id!: string;

  /** Midnight (UTC) after the newest AuditEvent that names it. */
  @Column({ type: 'timestamptz', precision: 3 })
  used!: Date;

  /** Elements of the AuditEvents, as JSON without the braces around. */
  @Column({ type: 'text' })
  text!: string;

  /** Index entries, without the form. */
  @Column({ type: 'text', array: true })
  val!: string[];

  /** Sort keys of texts, ascending, by slot; those of a row come before them. */
  @Column({ name: 'str_low', type: 'text', array: true })
  strLow!: string[];

  /** Sort keys of texts, descending, by slot; those of a row come before them. */
  @Column({ name: 'str_high', type: 'text', array: true })
  strHigh!: string[];

  /** Each three characters of strings. */
  @Column({ type: 'integer', array: true })
  grams!: number[];

  /** Words of the elements. */
  @Column({ type: 'tsvector' })
  words!: string;

  /** Places between the last word and the first text of the entities. */
  @Column({ type: 'integer' })
  gap!: number;

  /** FHIR base URL of the request lines. */
  @Column({ type: 'text', default: '' })
  base!: string;

  /** True where each reference has an index entry of its own. */
  @Column({ type: 'boolean', default: false })
  refers!: boolean;
}

/** End of the chain, and its beginning after erased events; one row. */
@Entity('audit_chain')
export class AuditChainEntity extends TenantRow {
  /** Position of the last link. */
  @Column({ type: 'bigint' })
  position!: string;

  /** Hash of the last link. */
  @Column({ type: 'bytea' })
  hash!: Buffer;

  /** Position of the last link that was erased. */
  @Column({ name: 'erased_position', type: 'bigint' })
  erasedPosition!: string;

  /** Hash of the last link that was erased. */
  @Column({ name: 'erased_hash', type: 'bytea' })
  erasedHash!: Buffer;

  /** Form of the rows of new AuditEvents: `short`, or `whole`, which servers of release 0.1.0 read. */
  @Column({ type: 'text', default: 'short' })
  form!: string;
}

/** How far a sink of AuditEvents got in the chain (docs/adr/0065-parts-that-can-be-replaced.md). */
@Entity('audit_delivery')
export class AuditDeliveryEntity extends TenantRow {
  /** Its name. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  sink!: string;

  /** Position of the last event that arrived. */
  @Column({ type: 'bigint' })
  position!: string;
}
