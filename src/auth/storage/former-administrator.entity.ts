import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../database/tenant-row.entity.js';

/** An account that administered by `user/*.cruds`, as 0.1.0 had it (docs/adr/0037). */
@Entity('former_administrator')
export class FormerAdministratorEntity extends TenantRow {
  /** The id of its `user_account`. */
  @PrimaryColumn({ name: 'account_id', type: 'uuid' })
  accountId!: string;

  /** True if the account administers on; null until a start decides. */
  @Column({ type: 'boolean', nullable: true })
  kept!: boolean | null;
}
