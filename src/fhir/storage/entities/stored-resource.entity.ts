import { Column, Entity, PrimaryColumn, type ColumnType } from 'typeorm';
import { TenantRow } from '../../../database/tenant-row.entity.js';

/** (parameter text, low numeric, high numeric, unit text, code text): a type of the migrations, which TypeORM has no name for. */
const indexRange = 'index_range' as ColumnType;

/** A version as it is served, with the columns of its index (docs/adr/0002-index-columns-in-the-row.md). */
export abstract class StoredRow extends TenantRow {
  /** Resource type; it decides the partition. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  type!: string;

  /** Logical id. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  id!: string;

  /** `meta.lastUpdated`. */
  @Column({ type: 'timestamptz', precision: 3 })
  updated!: Date;

  /** True if the version is a tombstone. */
  @Column({ type: 'boolean' })
  deleted!: boolean;

  /** The HTTP method that made the version, as `_history` tells it. */
  @Column({ type: 'text' })
  method!: string;

  /** The JSON that is served as it is; empty for a tombstone. */
  @Column({ type: 'text' })
  body!: string;

  /** Exact references of the records that the row is in, such as `Patient/p1`. */
  @Column({ type: 'text', array: true })
  compartments!: string[];

  /** Hashes (`lanyard_token`) of tokens, references and URIs; the first code leads. Those of what names one thing are of the tenant. */
  @Column({ type: 'bigint', array: true })
  tok!: string[];

  /** The form of the index, then the exact entries that confirm a hash, strings included. */
  @Column({ type: 'text', array: true })
  val!: string[];

  /** Dates (microseconds since 1970), numbers, quantities and composites as half-open intervals. */
  @Column({ type: indexRange, array: true })
  ranges!: string;

  /** Sort keys of numbers and dates, ascending, by the slot of their parameter. */
  @Column({ name: 'num_low', type: 'numeric', array: true })
  numLow!: string[];

  /** Sort keys of numbers and dates, descending, by the slot of their parameter. */
  @Column({ name: 'num_high', type: 'numeric', array: true })
  numHigh!: string[];

  /** Sort keys of texts, ascending, by the slot of their parameter. */
  @Column({ name: 'str_low', type: 'text', array: true })
  strLow!: string[];

  /** Sort keys of texts, descending, by the slot of their parameter. */
  @Column({ name: 'str_high', type: 'text', array: true })
  strHigh!: string[];

  /** Each three characters of strings, for `:contains`. */
  @Column({ type: 'integer', array: true, default: [] })
  grams!: number[];
}

/** The current version of a resource, or its tombstone with the last live index values; in partitions by type. */
@Entity('resource')
export class StoredResource extends StoredRow {
  /** Number of the version, from 1. */
  @Column({ type: 'integer' })
  version!: number;

  /** Words of the version for `_text` and `_content`, those of the narrative with weight A; null until it is indexed anew. */
  @Column({ type: 'tsvector', nullable: true })
  words!: string | null;
}

/** A superseded version; rows are only added; in partitions by type. */
@Entity('resource_history')
export class StoredResourceVersion extends StoredRow {
  /** Number of the version, from 1. */
  @PrimaryColumn({ type: 'integer' })
  version!: number;
}
