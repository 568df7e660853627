import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Exported, exportTenant } from './export-tenant.js';
import { type ImportedTenant, importTenant } from './import-tenant.js';
import { TenantRegistry } from '../../../database/tenants/tenant-registry.js';

/** Tenants into files, and back into this server (docs/adr/0079). */
@Injectable()
export class TenantTransfer {
  constructor(
    private readonly dataSource: DataSource,
    private readonly registry: TenantRegistry,
  ) {}

  export(exported: Omit<Exported, 'dataSource'>): Promise<number> {
    return exportTenant({ ...exported, dataSource: this.dataSource });
  }

  /** `as`: another name than it had. */
  import(path: string, as: string | undefined): Promise<ImportedTenant> {
    return importTenant({ dataSource: this.dataSource, registry: this.registry, path, as });
  }
}
