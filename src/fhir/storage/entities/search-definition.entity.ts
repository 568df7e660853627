import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../../database/tenant-row.entity.js';

/** By what rows are indexed, which every write checks (`lanyard_fence`); one row. */
@Entity('search_definition')
export class SearchDefinitionEntity extends TenantRow {
  /** Grows when rows are to be indexed by other parameters than before. */
  @Column({ type: 'integer' })
  generation!: number;

  /** Grows with any change. */
  @Column({ type: 'integer' })
  revision!: number;

  /** The generation that no write is older than. */
  @Column({ type: 'integer' })
  settled!: number;

  /** The form that rows are to have; empty: that of servers that know no forms. */
  @Column({ type: 'text', default: '' })
  form!: string;
}

/** A search parameter that a SearchParameter resource defines (docs/adr/0018). */
@Entity('custom_parameter')
export class CustomParameterEntity extends TenantRow {
  /** Its canonical URL. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  url!: string;

  /** Id of the SearchParameter resource. */
  @Column({ name: 'resource_id', type: 'text', collation: 'C' })
  resourceId!: string;

  /** The parameter, JSON. */
  @Column({ type: 'text' })
  definition!: string;

  /** State of the parameter. */
  @Column({ type: 'text' })
  state!: 'building' | 'active' | 'failed' | 'removing';

  /** The `index_job` that brings it further. */
  @Column({ type: 'integer' })
  job!: number;

  /** Its place among the sort keys. */
  @Column({ type: 'integer', nullable: true })
  slot!: number | null;

  /** Reason of the failure. */
  @Column({ type: 'text', nullable: true })
  reason!: string | null;
}

/** Parameters of extensions as releases before there were forms noted them; nothing reads it after an upgrade. */
@Entity('extension_parameter')
export class ExtensionParameterEntity {
  /** Canonical URL of the parameter. */
  @PrimaryColumn({ type: 'text' })
  url!: string;

  /** Hash of what it means. */
  @Column({ type: 'text' })
  definition!: string;
}
