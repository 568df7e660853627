import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../../database/tenant-row.entity.js';

/** A rule of an administrator that lets findings of validation pass for a time (docs/adr/0113). */
@Entity('suppression_rule')
export class SuppressionRuleEntity extends TenantRow {
  /** Its name. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  name!: string;

  /** Number of the version, from 1; earlier ones are not kept. */
  @Column({ type: 'integer' })
  version!: number;

  /** JSON of the rule without its name. */
  @Column({ type: 'text' })
  body!: string;

  /** Author of the version. */
  @Column({ name: 'changed_by', type: 'text' })
  changedBy!: string;

  /** Instant at which the version was made. */
  @Column({ name: 'changed_at', type: 'timestamptz', default: () => 'now()' })
  changedAt!: Date;
}
