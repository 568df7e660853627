import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../../database/tenant-row.entity.js';

/** A part of the content of a Binary that is too large for its body (docs/adr/0014-binary-content.md). */
@Entity('binary_content')
export class BinaryContentEntity extends TenantRow {
  /** The content that it is a part of. */
  @PrimaryColumn({ name: 'content_id', type: 'uuid' })
  contentId!: string;

  /** Its place, from 0. */
  @PrimaryColumn({ type: 'integer' })
  part!: number;

  /** The bytes, not compressed: most content is already. */
  @Column({ type: 'bytea' })
  bytes!: Buffer;
}

/** Link from a version of a Binary to its content; versions may share one. */
@Entity('binary_version')
export class BinaryVersionEntity extends TenantRow {
  /** Id of the Binary. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  id!: string;

  /** The version. */
  @PrimaryColumn({ type: 'integer' })
  version!: number;

  /** Its content. */
  @Column({ name: 'content_id', type: 'uuid' })
  contentId!: string;

  /** Bytes of the content. */
  @Column({ type: 'bigint' })
  size!: string;
}

/** Content that no version has yet; what stays for a day was given up, and goes. */
@Entity('binary_upload')
export class BinaryUploadEntity extends TenantRow {
  /** The content. */
  @PrimaryColumn({ name: 'content_id', type: 'uuid' })
  contentId!: string;

  /** Instant at which its upload began. */
  @Column({ type: 'timestamptz', default: () => 'now()' })
  began!: Date;
}
