import type { AppConfig } from '../../config/app-config.js';
import { configOfTenant } from '../../config/tenant-config.js';
import { defaultTenantName } from '../../database/tenants/tenant-name.js';
import type { Tenant } from '../../database/tenants/tenant-registry.js';

/** A tenant as commands and `/admin/tenants` show it. */
export interface TenantAnswer {
  readonly name: string;
  readonly state: Tenant['state'];
  readonly created: string;
  readonly fhirBase: string;
  readonly issuer: string;
}

export function tenantAnswer({ name, state, created }: Tenant, config: AppConfig): TenantAnswer {
  const { fhirBase, issuer } = name === defaultTenantName ? config : configOfTenant(config, name);
  return { name, state, created: created.toISOString(), fhirBase, issuer };
}
