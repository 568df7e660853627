import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../../database/tenant-row.entity.js';

/** A version of a policy, or of a group of users, that administrators edit; the last one counts. */
@Entity('access_policy')
export class AccessPolicyEntity extends TenantRow {
  /** Kind of the definition. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  kind!: 'policy' | 'group';

  /** Its name among those of its kind. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  name!: string;

  /** Number of the version, from 1 without gaps. */
  @PrimaryColumn({ type: 'integer' })
  version!: number;

  /** JSON; null: it was taken away. */
  @Column({ type: 'text', nullable: true })
  body!: string | null;

  /** Author of the version. */
  @Column({ name: 'changed_by', type: 'text' })
  changedBy!: string;

  /** Instant at which the version was made. */
  @Column({ name: 'changed_at', type: 'timestamptz', default: () => 'now()' })
  changedAt!: Date;
}

/** State that servers poll to learn of changes to policies; one row. */
@Entity('access_policy_state')
export class AccessPolicyStateEntity extends TenantRow {
  /** Grows with every version of any policy or group. */
  @Column({ type: 'bigint' })
  generation!: string;
}
