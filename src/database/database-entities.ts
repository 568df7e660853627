import { ServerProcessEntity } from './processes/server-process.entity.js';
import { ServerSecretEntity } from './server-secret.entity.js';
import { TenantEntity } from './tenants/tenant.entity.js';
import { TenantUsageEntity } from './tenants/tenant-usage.entity.js';

/** For the `entities` of the DataSource. */
export const databaseEntities = [ServerProcessEntity, ServerSecretEntity, TenantEntity, TenantUsageEntity] as const;
