import { isDeepStrictEqual } from 'node:util';
import { vi } from 'vitest';
import { currentTenantName } from '../../src/database/tenant.js';
import type { TenantLimits } from '../../src/database/tenants/tenant-limits.js';
import { StorageUsage } from '../../src/fhir/storage/limits/storage-usage.js';
import { until } from './tenants.js';

/** Limits of tenants as their servers know them, which hear of a change by their next look. Counts for servers that start from now on. */
export class KnownLimits {
  private readonly usages = new Map<string, StorageUsage>();
  private readonly starts: { mockRestore(): void };

  constructor() {
    const { usages } = this;
    // oxlint-disable-next-line typescript/unbound-method -- it is called with its instance
    const start = StorageUsage.prototype.onApplicationBootstrap;
    this.starts = vi.spyOn(StorageUsage.prototype, 'onApplicationBootstrap').mockImplementation(function (
      this: StorageUsage,
    ) {
      usages.set(currentTenantName()!, this);
      return start.call(this);
    });
  }

  stop(): void {
    this.starts.mockRestore();
  }

  /** Waits until the server of the tenant goes by these, and the database has all that it stored. */
  async are(limits: TenantLimits, tenant: string): Promise<void> {
    const usage = this.usages.get(tenant)!;
    await until(async () => isDeepStrictEqual(usage['limits'], limits) && !usage['isUnsettled']);
  }
}
