import { Inject, Injectable } from '@nestjs/common';
import { ownerOfSettings, settingsSeal } from './settings-of-tenant.js';
import { TENANT_CONFIG } from './tenant-config.js';
import { Resealing, type SealedText } from '../../auth/keys/resealing.js';
import type { AppConfig } from '../../config/app-config.js';
import { TenantRegistry } from '../../database/tenants/tenant-registry.js';

interface SealedSettings extends SealedText {
  readonly tenant: number;
}

/** Of the settings of all tenants. */
@Injectable()
export class SettingsResealing extends Resealing<SealedSettings> {
  constructor(registry: TenantRegistry, @Inject(TENANT_CONFIG) { process: { keySecrets } }: AppConfig) {
    super(
      settingsSeal,
      {
        all: async () =>
          (await registry.storedSettings()).map(({ tenant, settings }) => ({
            owner: ownerOfSettings(tenant),
            stored: settings!,
            tenant,
          })),
        replace: ({ tenant, stored }, resealed) => registry.resealSettings(tenant, stored, resealed),
      },
      keySecrets,
    );
  }
}
