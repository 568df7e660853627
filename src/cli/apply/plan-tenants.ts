import { z } from 'zod';
import { TenantAdministration } from '../../app/tenants/tenant-administration.js';
import { type SettingChanges, TenantSettings } from '../../app/tenants/tenant-settings.js';
import { type OwnSettings, ownSettingNames } from '../../config/own-settings.js';
import { type LimitChanges, limitNames, type TenantLimits } from '../../database/tenants/tenant-limits.js';
import { nameFault } from '../../database/tenants/tenant-name.js';
import { requireSettable, type Tenant } from '../../database/tenants/tenant-registry.js';
import { chosenTenant } from '../chosen-tenant.js';
import { CommandFailed } from '../command-failed.js';
import { commandLine } from '../command-line-user.js';
import type { OpenServer } from '../open-server.js';
import { settingValue } from '../setting-values.js';
import type { Declared } from './declarations.js';
import { describeDifference } from './describe-difference.js';
import type { PlannedChange } from './planned-change.js';
import { requireDifferent } from './read-declared.js';

const limit = z.int().min(1).max(1e15).optional();
const declaredTenant = z.strictObject({
  name: z.string(),
  administrator: z.string().optional(),
  state: z.enum(['active', 'suspended']).default('active'),
  limits: z.strictObject({ requests: limit, resources: limit, bytes: limit, jobs: limit, exports: limit }).default({}),
  settings: z.record(z.string(), z.unknown()).default({}),
});
type DeclaredTenant = Omit<z.infer<typeof declaredTenant>, 'settings'> & { readonly settings: OwnSettings };

/** Plans the changes of tenants to the declared ones, with their limits. Others stay: only "lanyard tenant erase" ends one. */
export async function planTenants(
  server: OpenServer,
  declared: readonly Declared[],
): Promise<readonly PlannedChange[]> {
  if (declared.length === 0) return [];
  requireOperator(server, declared);
  const wanted = declared.map(read);
  requireDifferent(
    wanted.map(({ name }) => name),
    declared,
  );
  const { registry } = server.get(TenantAdministration);
  const stored = new Map((await registry.list()).map((tenant) => [tenant.name, tenant]));
  return (await Promise.all(wanted.map((one) => plan(server, one, stored.get(one.name))))).flat();
}

function requireOperator({ config }: OpenServer, [first]: readonly Declared[]): void {
  if (config.tenants === 'off')
    throw new CommandFailed([`${first?.place}: TENANTS is off, so there are no tenants. Example: TENANTS=path`]);
  if (chosenTenant() !== undefined)
    throw new CommandFailed([`${first?.place}: tenants are the operator's: leave --tenant out.`]);
}

function read({ place, form, folder }: Declared): DeclaredTenant {
  const { success, data } = declaredTenant.safeParse(form);
  const example = '{ name: north-hospital, limits: { bytes: 50000000000 } }';
  if (!success)
    throw new CommandFailed([
      `${place}: has to be like ${example}, with administrator, state (active, suspended) and settings if wanted.`,
    ]);
  const fault = data.name === 'default' ? undefined : nameFault(data.name);
  if (fault !== undefined) throw new CommandFailed([`${place}: ${fault}`]);
  const settings = Object.entries(data.settings).map(([name, value]) => settingValue(name, value, folder));
  return { ...data, settings: Object.fromEntries(settings) };
}

async function plan(
  server: OpenServer,
  wanted: DeclaredTenant,
  stored: Tenant | undefined,
): Promise<readonly PlannedChange[]> {
  const { name, state, limits } = wanted;
  const tenantSettings = server.get(TenantSettings);
  const before = stored ? await tenantSettings.read(stored) : {};
  const settings = changesOf(before, wanted.settings);
  if (Object.keys(settings).length > 0) tenantSettings.judge(name, before, settings);
  const after = { state, limits: limits as TenantLimits, settings };
  if (!stored) {
    const apply = async (): Promise<readonly string[]> => {
      const made = await create(server, wanted);
      await settle(server, name, after);
      return made;
    };
    return [{ sign: '+', what: `tenant ${name}`, details: [], apply }];
  }
  requireSettable(stored, state);
  const details = [
    ...describeDifference({ state: stored.state, ...stored.limits }, { state, ...after.limits }),
    // Values may be secrets.
    ...Object.entries(settings).map(
      ([setting, value]) => `setting ${setting}: ${value === null ? 'taken away' : 'set'}`,
    ),
  ];
  if (details.length === 0) return [];
  const apply = async (): Promise<readonly string[]> => {
    await settle(server, name, after);
    return [];
  };
  return [{ sign: '~', what: `tenant ${name}`, details, apply }];
}

/** Settings that are not declared are taken away. */
const changesOf = (before: OwnSettings, wanted: OwnSettings): SettingChanges =>
  Object.fromEntries(
    ownSettingNames
      .filter((name) => before[name] !== wanted[name])
      .map((name) => [name, wanted[name] ?? null] as const),
  );

/** Answers the password that was made. */
async function create(server: OpenServer, { name, administrator }: DeclaredTenant): Promise<readonly string[]> {
  const first = { name: administrator ?? server.config.adminUser };
  const { generatedPassword } = await server.get(TenantAdministration).create(name, first);
  return generatedPassword === undefined ? [] : [`password of ${first.name} at ${name}: ${generatedPassword}`];
}

interface Settled extends Pick<Tenant, 'limits'> {
  readonly state: 'active' | 'suspended';
  readonly settings: SettingChanges;
}

async function settle(server: OpenServer, name: string, { state, limits, settings }: Settled): Promise<void> {
  const { registry } = server.get(TenantAdministration);
  await registry.setState(name, state);
  const changes = Object.fromEntries(limitNames.map((one) => [one, limits[one] ?? null])) as LimitChanges;
  await registry.setLimits(name, changes);
  if (Object.keys(settings).length > 0)
    await server.get(TenantSettings).change(name, settings, { caller: { subject: commandLine() } });
}
