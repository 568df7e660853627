import { Column, Entity } from 'typeorm';
import { TenantRow } from '../tenant-row.entity.js';

/** Resources and bytes that a tenant stores; its servers add them up every few seconds (docs/adr/0079). */
@Entity('tenant_usage')
export class TenantUsageEntity extends TenantRow {
  /** Live resources, AuditEvents apart. */
  @Column({ type: 'bigint', default: 0 })
  resources!: string;

  /** Bytes of all versions and of the contents of Binaries, AuditEvents apart. */
  @Column({ type: 'bigint', default: 0 })
  bytes!: string;

  /** Instant at which all rows were counted; null: the numbers lack what was there before. */
  @Column({ type: 'timestamptz', nullable: true })
  counted!: Date | null;
}
