import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../../database/tenant-row.entity.js';

/** An installed version of a FHIR package (docs/adr/0076). */
@Entity('package')
export class PackageEntity extends TenantRow {
  /** Name of the package, such as `hl7.fhir.us.core`. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  name!: string;

  /** Version of the package. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  version!: string;

  /** JSON of what its package.json says. */
  @Column({ type: 'text' })
  manifest!: string;

  /** Hash of its definitions, in the order of their keys. */
  @Column({ type: 'text' })
  digest!: string;

  /** JSON of what it asks of servers. */
  @Column({ type: 'text' })
  guide!: string;

  /** JSON of what of it does not work here, in words. */
  @Column({ type: 'text' })
  problems!: string;

  /** Number of its definitions. */
  @Column({ type: 'integer' })
  definitions!: number;

  /** Who installed it. */
  @Column({ name: 'installed_by', type: 'text' })
  installedBy!: string;

  /** Instant of the installation. */
  @Column({ name: 'installed_at', type: 'timestamptz', default: () => 'now()' })
  installedAt!: Date;
}

/** Where a canonical leads: the resource with this type and id. */
@Entity('package_definition')
export class PackageDefinitionEntity extends TenantRow {
  /** Type of the definition. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  type!: string;

  /** Id of the stored resource. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  id!: string;

  /** Its canonical URL. */
  @Column({ type: 'text', collation: 'C' })
  url!: string;

  /** Its own version; empty: it has none. */
  @Column({ type: 'text', collation: 'C' })
  version!: string;

  /** Text by which versions sort, the newest last. */
  @Column({ name: 'version_order', type: 'text', collation: 'C' })
  versionOrder!: string;

  /** Name of the package that it is of. */
  @Column({ type: 'text', collation: 'C' })
  package!: string;

  /** Version of that package. */
  @Column({ name: 'package_version', type: 'text', collation: 'C' })
  packageVersion!: string;

  /** Hash of the definition. */
  @Column({ type: 'text' })
  digest!: string;
}

/** State that servers poll to learn of packages; one row, or none before the first installation. */
@Entity('package_state')
export class PackageStateEntity extends TenantRow {
  /** Grows with every installation and removal. */
  @Column({ type: 'bigint' })
  generation!: string;
}
