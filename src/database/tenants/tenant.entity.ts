import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { TenantLimits } from './tenant-limits.js';

/** A tenant, for the operator: the only table whose rows are above tenants. */
@Entity('tenant')
export class TenantEntity {
  /** Leads the keys of everything that is the tenant's; never given to another one. */
  @PrimaryColumn({ type: 'integer' })
  tenant!: number;

  /** Part of its addresses; never another one, until it is erased: then the number follows it, and the name is free. */
  @Column({ type: 'text', unique: true })
  name!: string;

  /** The addresses of `active` tenants alone answer. `importing`, `erasing`: work to erase, or to begin again; `erased`: the row is all that is left. */
  @Column({ type: 'text' })
  state!: 'active' | 'suspended' | 'importing' | 'erasing' | 'erased';

  /** When it was made. */
  @Column({ type: 'timestamptz', default: () => 'now()' })
  created!: Date;

  /** Greater than that of each change before: what servers have not seen yet is beyond what they know. */
  @Column({ type: 'bigint' })
  generation!: string;

  /** Limits that its operator set. */
  @Column({ type: 'jsonb', default: () => "'{}'" })
  limits!: TenantLimits;

  /** Settings of its own, as one text that may be sealed; null: none. */
  @Column({ type: 'text', nullable: true })
  settings!: string | null;

  /** That of the last change of its settings; null: it never had any. */
  @Column({ name: 'settings_generation', type: 'bigint', nullable: true })
  settingsGeneration!: string | null;

  /** When all that it held was erased; null before. */
  @Column({ type: 'timestamptz', nullable: true })
  erased!: Date | null;
}
