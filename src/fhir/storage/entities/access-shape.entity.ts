import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../../database/tenant-row.entity.js';

/** A shape of requests that were decided lately, for trials of policies (docs/adr/0101). */
@Entity('access_shape')
export class AccessShapeEntity extends TenantRow {
  /** Hash of caller and request. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  key!: string;

  /** JSON of what decides about the caller. */
  @Column({ type: 'text' })
  caller!: string;

  /** JSON of what decides about the request line. */
  @Column({ type: 'text' })
  request!: string;

  /** Requests of this shape. */
  @Column({ type: 'bigint' })
  seen!: string;

  /** Instant of the last write that counted one. */
  @Column({ name: 'last_seen', type: 'timestamptz' })
  lastSeen!: Date;
}
