import type { ErasureParts } from './tenant-erasure.js';
import type { AppConfig } from '../../config/app-config.js';
import { configOfTenant } from '../../config/tenant-config.js';
import type { BinaryContents } from '../../fhir/storage/binary/binary-contents.js';
import { S3BinaryStore } from '../../fhir/storage/binary/s3-binary-store.js';

/** Where contents of other tenants lie: below their prefix of the bucket, or in the store that a module brings. */
export function contentsOf(config: AppConfig, { replaced }: BinaryContents): ErasureParts['contentsOf'] {
  return async ({ name }) => {
    const place = configOfTenant(config, name).binaryStore;
    const store = place ? await S3BinaryStore.open(place) : replaced;
    return store && ((contentId) => store.remove(contentId));
  };
}
