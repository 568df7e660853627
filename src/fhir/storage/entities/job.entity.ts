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

  /** Kind of the job, such as `$export`; null for jobs of releases that did not keep it. */
  @Column({ type: 'text', nullable: true })
  operation!: string | null;

  /** For whom, in words for administrators. */
  @Column({ type: 'text', nullable: true })
  requester!: string | null;

  /** Instant that the snapshot is of which the job hands out; null until it was taken. */
  @Column({ type: 'timestamptz', nullable: true })
  planned!: Date | null;

  /** Fence of the server that planned it: only its chunks count. */
  @Column({ type: 'integer', nullable: true })
  plan!: number | null;

  /** JSON of issues that were found while it was planned, for its caller. */
  @Column({ type: 'text', nullable: true })
  remarks!: string | null;

  /** JSON of how far an import is. */
  @Column({ type: 'text', nullable: true })
  checkpoint!: string | null;

  /** JSON of what the calls of a job said that is made of several; null for others. */
  @Column({ type: 'text', nullable: true })
  submission!: string | null;

  /** Resources that are done. */
  @Column({ type: 'bigint', default: 0 })
  resources!: string;

  /** Bytes of them. */
  @Column({ type: 'bigint', default: 0 })
  bytes!: string;

  /** Resources that there are to do; null until that is known. */
  @Column({ name: 'total_resources', type: 'bigint', nullable: true })
  totalResources!: string | null;

  /** Bytes of them. */
  @Column({ name: 'total_bytes', type: 'bigint', nullable: true })
  totalBytes!: string | null;
}

/** Versions that a job is yet to write into a file, as they were in its snapshot. */
@Entity('job_chunk')
export class JobChunkEntity extends TenantRow {
  /** The job. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  job!: string;

  /** Fence of the server that planned it. */
  @PrimaryColumn({ type: 'integer' })
  plan!: number;

  /** Its place; those of one type follow each other. */
  @PrimaryColumn({ type: 'integer' })
  chunk!: number;

  /** Part of the manifest that they belong to: `output` or `deleted`. */
  @Column({ type: 'text' })
  kind!: string;

  /** Their type. */
  @Column({ type: 'text' })
  type!: string;

  /** Hash of the access that found them: they are written under an equal one only. */
  @Column({ type: 'text' })
  fingerprint!: string;

  /** Their ids. */
  @Column({ type: 'text', array: true })
  ids!: string[];

  /** Their versions, in the order of the ids. */
  @Column({ type: 'integer', array: true })
  versions!: number[];

  /** Bytes of their content, about. */
  @Column({ type: 'bigint' })
  bytes!: string;

  /** Types of the versions, in the order of the ids, of an export that is organized by patient; null for others. */
  @Column({ type: 'text', array: true, nullable: true })
  types!: string[] | null;

  /** References of the patients in whose blocks the versions are; null for others. */
  @Column({ type: 'text', array: true, nullable: true })
  patients!: string[] | null;
}

/** A file that a job has written; its bytes are a content like those of Binaries. */
@Entity('job_file')
export class JobFileEntity extends TenantRow {
  /** The job. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  job!: string;

  /** Its number, from 1. */
  @PrimaryColumn({ type: 'integer' })
  file!: number;

  /** Part of the manifest that lists it: `output`, `deleted` or `error`. */
  @Column({ type: 'text' })
  kind!: string;

  /** Type of its resources. */
  @Column({ type: 'text' })
  type!: string;

  /** Hash of the access that its resources were found by: it is handed out under an equal one only. */
  @Column({ type: 'text' })
  fingerprint!: string;

  /** Number of its resources. */
  @Column({ type: 'bigint' })
  resources!: string;

  /** Its bytes. */
  @Column({ type: 'bigint' })
  size!: string;

  /** Its content. */
  @Column({ name: 'content_id', type: 'uuid' })
  contentId!: string;

  /** The record that ends the file goes on in the next one. */
  @Column({ type: 'boolean', default: false })
  continues!: boolean;

  /** Bytes of its parts, in their order; null where they are of the usual size. */
  @Column({ name: 'part_sizes', type: 'integer', array: true, nullable: true })
  partSizes!: number[] | null;
}

/** Why a resource of an import was not stored. */
@Entity('job_failure')
export class JobFailureEntity extends TenantRow {
  /** The job. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  job!: string;

  /** Its number, in the order of the sources. */
  @PrimaryColumn({ type: 'integer' })
  failure!: number;

  /** JSON of an OperationOutcome. */
  @Column({ type: 'text' })
  outcome!: string;
}
