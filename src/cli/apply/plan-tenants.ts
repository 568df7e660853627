import { z } from 'zod';
import { TenantAdministration } from '../../app/tenants/tenant-administration.js';
import { type LimitChanges, limitNames, type TenantLimits } from '../../database/tenants/tenant-limits.js';
import { nameFault } from '../../database/tenants/tenant-name.js';
import { requireSettable, type Tenant } from '../../database/tenants/tenant-registry.js';
import { chosenTenant } from '../chosen-tenant.js';
import { CommandFailed } from '../command-failed.js';
import type { OpenServer } from '../open-server.js';
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
});
type DeclaredTenant = z.infer<typeof declaredTenant>;

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
  return wanted.flatMap((one) => plan(server, one, stored.get(one.name)));
}

function requireOperator({ config }: OpenServer, [first]: readonly Declared[]): void {
  if (config.tenants === 'off')
    throw new CommandFailed([`${first?.place}: TENANTS is off, so there are no tenants. Example: TENANTS=path`]);
  if (chosenTenant() !== undefined)
    throw new CommandFailed([`${first?.place}: tenants are the operator's: leave --tenant out.`]);
}

function read({ place, form }: Declared): DeclaredTenant {
  const { success, data } = declaredTenant.safeParse(form);
  const example = '{ name: north-hospital, limits: { bytes: 50000000000 } }';
  if (!success)
    throw new CommandFailed([
      `${place}: has to be like ${example}, with administrator and state (active, suspended) if wanted.`,
    ]);
  const fault = data.name === 'default' ? undefined : nameFault(data.name);
  if (fault !== undefined) throw new CommandFailed([`${place}: ${fault}`]);
  return data;
}

function plan(server: OpenServer, wanted: DeclaredTenant, stored: Tenant | undefined): readonly PlannedChange[] {
  const { name, state, limits } = wanted;
  const after = { state, limits: limits as TenantLimits };
  if (!stored) {
    const apply = async (): Promise<readonly string[]> => {
      const made = await create(server, wanted);
      await settle(server, name, after);
      return made;
    };
    return [{ sign: '+', what: `tenant ${name}`, details: [], apply }];
  }
  requireSettable(stored, state);
  const details = describeDifference({ state: stored.state, ...stored.limits }, { state, ...after.limits });
  if (details.length === 0) return [];
  const apply = async (): Promise<readonly string[]> => {
    await settle(server, name, after);
    return [];
  };
  return [{ sign: '~', what: `tenant ${name}`, details, apply }];
}

/** Answers the password that was made. */
async function create(server: OpenServer, { name, administrator }: DeclaredTenant): Promise<readonly string[]> {
  const first = { name: administrator ?? server.config.adminUser };
  const { generatedPassword } = await server.get(TenantAdministration).create(name, first);
  return generatedPassword === undefined ? [] : [`password of ${first.name} at ${name}: ${generatedPassword}`];
}

async function settle(
  server: OpenServer,
  name: string,
  { state, limits }: Pick<Tenant, 'limits'> & { readonly state: 'active' | 'suspended' },
): Promise<void> {
  const { registry } = server.get(TenantAdministration);
  await registry.setState(name, state);
  const changes = Object.fromEntries(limitNames.map((one) => [one, limits[one] ?? null])) as LimitChanges;
  await registry.setLimits(name, changes);
}
