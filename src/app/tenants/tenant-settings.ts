import { Inject, Injectable } from '@nestjs/common';
import { settingsFromStore, settingsToStore } from './settings-of-tenant.js';
import { TENANT_CONFIG } from './tenant-config.js';
import { TenantAdministration } from './tenant-administration.js';
import { type AuditedCaller, newRecord } from '../../audit/audit-record.js';
import type { AppConfig } from '../../config/app-config.js';
import { isOwnSetting, type OwnSettingName, type OwnSettings, ownSettingNames } from '../../config/own-settings.js';
import { configOfTenant } from '../../config/tenant-config.js';
import { asTenant } from '../../database/tenant.js';
import { InvalidTenant } from '../../database/tenants/invalid-tenant.js';
import { defaultTenantName } from '../../database/tenants/tenant-name.js';
import type { Tenant } from '../../database/tenants/tenant-registry.js';
import { AuditLog } from '../../fhir/storage/audit/audit-log.js';
import { SqlSession } from '../../fhir/storage/session/sql-session.js';
import { nearest } from '../../r4/model/nearest.js';

/** Settings to set, and those to take away, which are `null`: those of the process count again. */
export type SettingChanges = Readonly<Partial<Record<OwnSettingName, string | null>>>;

interface Change {
  readonly caller: AuditedCaller;
  readonly reset?: boolean;
}

/** Characters of all settings of a tenant, its logo included. */
const longest = 500_000;

/** Settings of tenants, for who runs the process: they say whom a tenant trusts (docs/adr/0193). */
@Injectable()
export class TenantSettings {
  constructor(
    private readonly tenants: TenantAdministration,
    private readonly session: SqlSession,
    @Inject(TENANT_CONFIG) private readonly config: AppConfig,
  ) {}

  async read({ tenant }: Pick<Tenant, 'tenant'>): Promise<OwnSettings> {
    const [found] = await this.tenants.registry.storedSettings(tenant);
    return settingsFromStore(found?.settings ?? null, tenant, this.config);
  }

  /** What the settings would be. Throws {@link InvalidTenant} where the tenant can have none, and `WrongSettings` where they are wrong. */
  judge(name: string, before: OwnSettings, changes: SettingChanges): OwnSettings {
    if (name === defaultTenantName)
      throw new InvalidTenant(400, 'The settings of the tenant "default" are those of the process: its environment.');
    const kept = Object.entries({ ...before, ...changes }).filter(([, value]) => value !== null);
    const after = Object.fromEntries(kept) as OwnSettings;
    const { length } = JSON.stringify(after);
    if (length > longest)
      throw new InvalidTenant(
        400,
        `The settings of a tenant have ${longest} characters at most; these have ${length}.`,
      );
    configOfTenant(this.config, name, after);
    return after;
  }

  /**
   * Stores them, after the audit of the tenant has which were changed, and by whom. Running servers know of it within 5 seconds. `reset`: those of before are
   * taken away, also where nobody can read them.
   */
  async change(name: string, changes: SettingChanges, { caller, reset = false }: Change): Promise<void> {
    const tenant = await this.tenants.registry.getWhole(name);
    await this.tenants.registry.changeSettings(tenant.tenant, async (stored) => {
      const before = reset ? {} : settingsFromStore(stored, tenant.tenant, this.config);
      const after = this.judge(name, before, changes);
      await this.record(tenant, changes, { caller, reset });
      return settingsToStore(after, tenant.tenant, this.config);
    });
  }

  private async record(tenant: Tenant, changes: SettingChanges, { caller, reset }: Change): Promise<void> {
    if (!this.config.audit.isOn) return;
    const details = [
      ...(reset ? [['taken away', 'all that it had'] as const] : []),
      ...Object.entries(changes).map(([name, value]) => [value === null ? 'taken away' : 'set', name] as const),
    ];
    await asTenant(tenant, () =>
      // Not the log of this application, which may store this together with work of another tenant, as that one's.
      new AuditLog(this.session).record(
        newRecord({
          event: 'administration',
          outcome: '0',
          caller,
          object: { name: 'settings of this tenant', details: [['change', 'set its settings'], ...details] },
        }),
      ),
    );
  }
}

/** Throws {@link InvalidTenant} for the name of a setting that a tenant cannot have of its own. */
export function requireOwnSetting(name: string): asserts name is OwnSettingName {
  if (isOwnSetting(name)) return;
  const meant = nearest(name, ownSettingNames);
  throw new InvalidTenant(
    400,
    `${name}: a tenant has no such setting of its own. ${meant === undefined ? `There are ${ownSettingNames.join(', ')}.` : `Was ${meant} meant?`}`,
  );
}
