import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../../database/tenant-row.entity.js';

/** A loaded version of a code system (docs/adr/0082). */
@Entity('terminology_load')
export class TerminologyLoadEntity extends TenantRow {
  /** Number that leads its concepts. */
  @PrimaryColumn({ type: 'integer' })
  load!: number;

  /** Id of its CodeSystem. */
  @Column({ type: 'text', collation: 'C' })
  id!: string;

  /** Canonical of the code system. */
  @Column({ type: 'text', collation: 'C' })
  url!: string;

  /** Its version; empty: it has none. */
  @Column({ type: 'text', collation: 'C' })
  version!: string;

  /** Format of the files, such as `rf2`. */
  @Column({ type: 'text' })
  format!: string;

  /** `complete`, or why it does not have all codes. */
  @Column({ type: 'text' })
  content!: string;

  /** Number of its concepts. */
  @Column({ type: 'integer' })
  concepts!: number;

  /** Phrases that stand in `told` of its concepts as one character each, from U+0001 on. */
  @Column({ type: 'text', array: true, default: () => "'{}'::text[]" })
  phrases!: string[];

  /** Who loaded it. */
  @Column({ name: 'loaded_by', type: 'text' })
  loadedBy!: string;

  /** Instant of the load. */
  @Column({ name: 'loaded_at', type: 'timestamptz', default: () => 'now()' })
  loadedAt!: Date;
}

/** A concept of a loaded code system. */
@Entity('terminology_concept')
export class TerminologyConceptEntity extends TenantRow {
  /** Load that it is of. */
  @PrimaryColumn({ type: 'integer' })
  load!: number;

  /** Its number there, from 1. */
  @PrimaryColumn({ type: 'integer' })
  concept!: number;

  /** Its code. */
  @Column({ type: 'text', collation: 'C' })
  code!: string;

  /** Its display. */
  @Column({ type: 'text', nullable: true })
  display!: string | null;

  /** 1: abstract, 2: inactive, as a sum. */
  @Column({ type: 'smallint' })
  flags!: number;

  /** Number of concepts below it. */
  @Column({ type: 'integer' })
  below!: number;

  /** Concepts right above it. */
  @Column({ type: 'integer', array: true })
  parents!: number[];

  /** All concepts above it. */
  @Column({ type: 'integer', array: true })
  ancestors!: number[];

  /** Words of each of its texts, the code among them, with a blank before each word and after the last. */
  @Column({ type: 'text', array: true, collation: 'C' })
  words!: string[];

  /** Its properties as `name=value`. */
  @Column({ type: 'text', array: true, collation: 'C' })
  keys!: string[];

  /** JSON of its definition, designations and properties, with marks in the place of phrases. */
  @Column({ type: 'text' })
  told!: string;

  /** JSON of the codes right above and below it; null in rows of older releases of the server. */
  @Column({ type: 'text', nullable: true })
  links!: string | null;
}

/** Concepts that something leads to, at most 400 a row. */
@Entity('terminology_posting')
export class TerminologyPostingEntity extends TenantRow {
  /** Load that they are of. */
  @PrimaryColumn({ type: 'integer' })
  load!: number;

  /** `below` and `child` of a concept, `word`, `key`, or `folded` for a code in lower case. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  kind!: string;

  /** Number of the concept, the word, `name=value`, or the code. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  key!: string;

  /** Which of the rows it is, from 0. */
  @PrimaryColumn({ type: 'integer' })
  chunk!: number;

  /** Numbers of concepts; those of `below` and `child` ascend from row to row. */
  @Column({ type: 'integer', array: true })
  concepts!: number[];
}
