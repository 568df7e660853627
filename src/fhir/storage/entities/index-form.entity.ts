import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../../database/tenant-row.entity.js';

/** Parts of the index of a form (docs/adr/0029-the-schema-only-grows-within-a-release.md). */
@Entity('index_form')
export class IndexFormEntity extends TenantRow {
  /** Name of the form; empty: that of servers that know no forms. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  form!: string;

  /** JSON: the hash of each definition by its URL. */
  @Column({ type: 'text' })
  definitions!: string;
}

/** Rows may be stored in another form than the wanted one: written by the fence, removed by the job that indexes them anew. */
@Entity('other_form_rows')
export class OtherFormRowsEntity extends TenantRow {
  /** A name of its own. */
  @PrimaryColumn({ type: 'uuid', default: () => 'gen_random_uuid()' })
  id!: string;

  /** That form. */
  @Column({ type: 'text' })
  form!: string;

  /** Resource type of the rows; empty: any. */
  @Column({ type: 'text' })
  type!: string;

  /** The generation that was current when they were written. */
  @Column({ type: 'integer' })
  generation!: number;
}
