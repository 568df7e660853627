import type { DataSource } from 'typeorm';
import { registryOf } from './open-tenants.js';
import { settingsOfTenant } from './settings-of-tenant.js';
import type { AppConfig } from '../../config/app-config.js';
import { StartRefused } from '../../config/checks/start-refused.js';
import { poolOf } from '../../database/pool-of.js';
import { asTenant } from '../../database/tenant.js';
import { requireTenant } from '../../database/tenants/require-tenant.js';
import type { Tenant } from '../../database/tenants/tenant-registry.js';
import { defaultTenantName } from '../../database/tenants/tenant-name.js';

interface Chosen {
  readonly config: AppConfig;
  readonly tenant?: string;
}

/** Runs the work for the tenant that was chosen, or for `default`, with its settings; a suspended one is there, though nobody is answered. */
export async function forTenant<T>(
  { config, tenant: name = defaultTenantName }: Chosen,
  dataSource: DataSource,
  work: (config: AppConfig, state: Tenant['state']) => Promise<T>,
): Promise<T> {
  if (config.tenants === 'off') {
    if (name === defaultTenantName) return work(config, 'active');
    throw new StartRefused('TENANTS: is off, so there is no other tenant than "default". Example: TENANTS=path');
  }
  requireTenant(poolOf(dataSource));
  const registry = registryOf(dataSource);
  const tenant = await registry.getWhole(name);
  const own = name === defaultTenantName ? config : await settingsOfTenant(config, registry, tenant);
  return asTenant(tenant, () => work(own, tenant.state));
}
