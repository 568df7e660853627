import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../tenant-row.entity.js';
import type { ProcessLoad } from './server-processes.js';

/** A process that serves from the database; all of them are rows of the tenant `default` (docs/adr/0138). */
@Entity('server_process')
export class ServerProcessEntity extends TenantRow {
  /** Made at random by the process when it starts. */
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  /** Name of its machine; in Kubernetes that of the pod. */
  @Column({ type: 'text' })
  host!: string;

  /** Of its process, as the machine or container counts. */
  @Column({ type: 'integer' })
  pid!: number;

  /** Version of the server. */
  @Column({ type: 'text' })
  version!: string;

  /** The newest migration that it knows, those of extensions apart. */
  @Column({ type: 'text' })
  migration!: string;

  /** Its readiness when it was last seen: `ok`, `degraded`, `unavailable` or `draining`. */
  @Column({ type: 'text' })
  state!: string;

  /** Figures of its load when it was last seen: see `ProcessLoad`. */
  @Column({ type: 'jsonb' })
  load!: ProcessLoad;

  /** By the clock of the database, as `seen` is. */
  @Column({ type: 'timestamptz' })
  started!: Date;

  /** Last sign of life. */
  @Column({ type: 'timestamptz' })
  seen!: Date;
}
