import { TextSeal } from '../../auth/keys/text-seal.js';
import { StartRefused } from '../../config/checks/start-refused.js';
import { WrongSettings } from '../../config/checks/wrong-settings.js';
import type { AppConfig } from '../../config/app-config.js';
import type { OwnSettings } from '../../config/own-settings.js';
import { configOfTenant } from '../../config/tenant-config.js';
import type { TenantContext } from '../../database/tenant.js';
import type { StoredSettings, TenantRegistry } from '../../database/tenants/tenant-registry.js';

/** They may have secrets of login providers; bound to the number of the tenant. */
export const settingsSeal = new TextSeal('tenant-settings', 'settings of tenants');

export const ownerOfSettings = (tenant: number): string => `tenant ${tenant}`;

type Secrets = Pick<AppConfig, 'process'>;

const secretsOf = ({ process: { keySecrets } }: Secrets): readonly string[] => keySecrets?.() ?? [];

export function settingsToStore(own: OwnSettings, tenant: number, config: Secrets): string | null {
  if (Object.keys(own).length === 0) return null;
  return settingsSeal.seal(JSON.stringify(own), ownerOfSettings(tenant), secretsOf(config)[0]);
}

/** Throws {@link StartRefused} where KEY_ENCRYPTION_SECRET does not open them. */
export function settingsFromStore(stored: string | null, tenant: number, config: Secrets): OwnSettings {
  if (stored === null) return {};
  try {
    return JSON.parse(settingsSeal.open(stored, ownerOfSettings(tenant), secretsOf(config))) as OwnSettings;
  } catch {
    throw new StartRefused(
      'KEY_ENCRYPTION_SECRET does not open the settings that the tenant has of its own. Start with the secret they were sealed with; or take them away and set them again: lanyard tenant settings NAME --reset',
    );
  }
}

/** Names of tenants whose servers do not start, since their settings cannot be read or do not go together with those of the process. */
export async function tenantsThatCannotStart(config: AppConfig, registry: TenantRegistry): Promise<readonly string[]> {
  const cannot = ({ tenant, name, settings }: StoredSettings): boolean => {
    try {
      configOfTenant(config, name, settingsFromStore(settings, tenant, config));
      return false;
    } catch {
      return true;
    }
  };
  return (await registry.storedSettings()).filter(cannot).map(({ name }) => name);
}

/**
 * The settings of the server of another tenant than `default`, with those of its own. Throws where these cannot be read, or do not go together with those
 * of the process: to go on without them could let in whom the tenant does not trust.
 */
export async function settingsOfTenant(
  config: AppConfig,
  registry: TenantRegistry,
  { tenant, name }: TenantContext,
): Promise<AppConfig> {
  const [found] = await registry.storedSettings(tenant);
  const own = settingsFromStore(found?.settings ?? null, tenant, config);
  try {
    return configOfTenant(config, name, own);
  } catch (error) {
    if (!(error instanceof WrongSettings)) throw error;
    throw new StartRefused(
      `The tenant "${name}" has settings of its own that do not go with those of this server. "lanyard tenant settings ${name}" shows and changes them.`,
      ...error.lines,
    );
  }
}
