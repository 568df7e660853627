import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A tenant, for the operator: the only table whose rows are above tenants. */
@Entity('tenant')
export class TenantEntity {
  /** Leads the keys of everything that is the tenant's. */
  @PrimaryColumn({ type: 'integer' })
  tenant!: number;

  /** Part of its addresses; never another one. */
  @Column({ type: 'text', unique: true })
  name!: string;

  /** Whether its addresses answer. */
  @Column({ type: 'text' })
  state!: 'active' | 'suspended';

  /** When it was made. */
  @Column({ type: 'timestamptz', default: () => 'now()' })
  created!: Date;

  /** Greater than that of each change before: what servers have not seen yet is beyond what they know. */
  @Column({ type: 'bigint' })
  generation!: string;
}
