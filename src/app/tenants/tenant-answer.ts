import type { AppConfig } from '../../config/app-config.js';
import { configOfTenant } from '../../config/tenant-config.js';
import { defaultTenantName } from '../../database/tenants/tenant-name.js';
import type { TenantLimits } from '../../database/tenants/tenant-limits.js';
import type { Tenant, Usage } from '../../database/tenants/tenant-registry.js';

/** A tenant as commands and `/admin/tenants` show it. */
export interface TenantAnswer {
  readonly name: string;
  readonly state: Tenant['state'];
  readonly created: string;
  readonly fhirBase: string;
  readonly issuer: string;
  readonly limits: TenantLimits;
  /** Where a limit of what is stored has had it counted. */
  readonly usage?: Usage;
}

export function tenantAnswer({ name, state, created, limits }: Tenant, config: AppConfig, usage?: Usage): TenantAnswer {
  const { fhirBase, issuer } = name === defaultTenantName ? config : configOfTenant(config, name);
  return { name, state, created: created.toISOString(), fhirBase, issuer, limits, ...(usage && { usage }) };
}
