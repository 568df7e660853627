import type { AppConfig } from '../../config/app-config.js';
import { configOfTenant } from '../../config/tenant-config.js';
import { defaultTenantName } from '../../database/tenants/tenant-name.js';
import type { Tenant } from '../../database/tenants/tenant-registry.js';
import type { BinaryContents } from '../../fhir/storage/binary/binary-contents.js';
import type { BinaryStore } from '../../fhir/storage/binary/binary-store.js';
import { S3BinaryStore } from '../../fhir/storage/binary/s3-binary-store.js';

/** The store where contents of a tenant lie; undefined: the database. */
export type StoreOf = (tenant: Tenant) => Promise<BinaryStore | undefined>;

/** Contents lie below the tenant's prefix of the bucket, or in the store that a module brings. */
export function storeOf(config: AppConfig, { replaced }: BinaryContents): StoreOf {
  return async ({ name }) => {
    const { binaryStore } = name === defaultTenantName ? config : configOfTenant(config, name);
    return binaryStore ? S3BinaryStore.open(binaryStore) : replaced;
  };
}
