import type { DataSource } from 'typeorm';
import { type Exported, exportTenant } from './export-tenant.js';
import { type ImportedTenant, importTenant } from './import-tenant.js';
import type { StoreOf } from '../store-of.js';
import type { TenantRegistry } from '../../../database/tenants/tenant-registry.js';

interface TransferParts {
  readonly dataSource: DataSource;
  readonly registry: TenantRegistry;
  readonly storeOf: StoreOf;
}

/** Tenants into files, and back into this server (docs/adr/0079). */
export class TenantTransfer {
  constructor(private readonly parts: TransferParts) {}

  async export(exported: Omit<Exported, 'dataSource' | 'store'>): Promise<number> {
    const { dataSource, storeOf } = this.parts;
    const store = exported.withoutContents ? undefined : await storeOf(exported.tenant);
    return exportTenant({ ...exported, dataSource, store });
  }

  /** `as`: another name than it had. */
  import(path: string, as: string | undefined): Promise<ImportedTenant> {
    const { dataSource, registry } = this.parts;
    return importTenant({ dataSource, registry, path, as });
  }
}
