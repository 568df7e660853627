import type { DataSource, EntityManager } from 'typeorm';
import { bindTransaction } from '../belt/bind-connections.js';
import { InvalidTenant } from './invalid-tenant.js';
import { asOperator, defaultTenant } from '../tenant.js';
import type { LimitChanges } from './tenant-limits.js';
import { nameFault } from './tenant-name.js';
import { TenantEntity } from './tenant.entity.js';

/** A tenant as the operator sees it: nothing of what it holds. */
export type Tenant = Pick<
  TenantEntity,
  'tenant' | 'name' | 'state' | 'created' | 'generation' | 'limits' | 'settingsGeneration'
>;

/** The settings of a tenant as they are stored. */
export type StoredSettings = Pick<TenantEntity, 'tenant' | 'name' | 'settings'>;

/** Resources and bytes that a tenant stores, as its servers have added them up. */
export interface Usage {
  readonly resources: number;
  readonly bytes: number;
}

/** A tenant, and what it stores where that was counted. */
export type ListedTenant = Tenant & { readonly usage: Usage | null };

/** Statements with the number of the tenant as `$1`, for what each new one needs. */
export type FirstRows = readonly string[];

/** Tenants in the order of their names, from after one of them. */
export interface TenantPage {
  readonly after?: string | undefined;
  readonly count: number;
}

const columns =
  'tenant, name, state, created, generation::text AS generation, limits, settings_generation::text AS "settingsGeneration"';

/** The table of tenants; its changes are made one after the other, so that a greater generation is a later commit. */
export class TenantRegistry {
  constructor(
    private readonly dataSource: DataSource,
    private readonly firstRows: FirstRows,
  ) {}

  /** Tenants that changed after the generation, which is '0' at first, erased ones included; in the order of their names. */
  changedSince(generation: string): Promise<readonly Tenant[]> {
    return this.rows(`generation > $1::bigint ORDER BY name`, [generation]);
  }

  /** All tenants, or a page of them. */
  list({ after = '', count }: Partial<TenantPage> = {}): Promise<readonly ListedTenant[]> {
    return asOperator('which tenants there are', () =>
      this.dataSource.query<ListedTenant[]>(
        // No subquery for each row: Citus refuses those of a distributed table within a shared one.
        `SELECT t.*, CASE WHEN u.counted IS NOT NULL
           THEN json_build_object('resources', u.resources, 'bytes', u.bytes) END AS usage
         FROM (SELECT ${columns} FROM tenant) AS t LEFT JOIN tenant_usage AS u ON u.tenant = t.tenant
         WHERE state <> 'erased' AND name COLLATE "C" > $1 ORDER BY name COLLATE "C" LIMIT $2`,
        [after, count ?? null],
      ),
    );
  }

  /** Throws {@link InvalidTenant} when there is none of that name. */
  async get(name: string): Promise<Tenant> {
    const [found] = await this.rows(`state <> 'erased' AND name = $1`, [name]);
    if (!found)
      throw new InvalidTenant(404, `There is no tenant "${name}". "lanyard tenant list" shows those there are.`);
    return found;
  }

  /** Throws {@link InvalidTenant} where there is none of that name, or not all of it: while it is imported or erased, and once that was cut short. */
  async getWhole(name: string): Promise<Tenant> {
    const found = await this.get(name);
    requireWhole(found);
    return found;
  }

  /** Undefined until all rows were counted, which happens once there is a limit. */
  async usage({ tenant }: Pick<Tenant, 'tenant'>): Promise<Usage | undefined> {
    const [found] = await asOperator('what a tenant stores', () =>
      this.dataSource.query<Usage[]>(
        `SELECT resources::float8 AS resources, bytes::float8 AS bytes FROM tenant_usage
         WHERE tenant = $1 AND counted IS NOT NULL`,
        [tenant],
      ),
    );
    return found;
  }

  /** Throws {@link InvalidTenant} for a name that is taken, or that no tenant can have. */
  async create(name: string, state: 'active' | 'importing' = 'active'): Promise<Tenant> {
    const fault = nameFault(name);
    if (fault !== undefined) throw new InvalidTenant(400, fault);
    return this.change(`a new tenant ${name}`, async (manager) => {
      const rows = await manager.query<Tenant[]>(
        `INSERT INTO tenant (tenant, name, state, generation)
         SELECT max(tenant) + 1, $1, $2, max(generation) + 1 FROM tenant
         ON CONFLICT (name) DO NOTHING RETURNING ${columns}`,
        [name, state],
      );
      const [made] = rows;
      if (!made) throw await this.nameTaken(name);
      await bindTransaction(manager, made.tenant);
      if (state === 'active') for (const statement of this.firstRows) await manager.query(statement, [made.tenant]);
      return made;
    });
  }

  /** Throws {@link InvalidTenant} where that cannot be. A state that the tenant has already is no change. */
  async setState(name: string, state: 'active' | 'suspended'): Promise<Tenant> {
    const found = await this.get(name);
    requireSettable(found, state);
    if (found.state === state) return found;
    return this.moveTo(found, state);
  }

  /** Puts the tenant into a state, whatever it was in. */
  async moveTo({ tenant, name }: Tenant, state: Tenant['state']): Promise<Tenant> {
    await this.change(`tenant ${name}`, (manager) =>
      manager.query(
        'UPDATE tenant SET state = $2, generation = (SELECT max(generation) + 1 FROM tenant) WHERE tenant = $1',
        [tenant, state],
      ),
    );
    const [moved] = await this.rows('tenant = $1', [tenant]);
    return moved!;
  }

  /** Nothing is left of it but this row, whose name another tenant may have from now on, and whose number none. */
  async markErased({ tenant, name }: Tenant): Promise<void> {
    await this.change(`tenant ${name}`, (manager) =>
      manager.query(
        `UPDATE tenant SET state = 'erased', erased = now(), limits = '{}', settings = NULL, name = $2,
           generation = (SELECT max(generation) + 1 FROM tenant) WHERE tenant = $1`,
        [tenant, `${name}~${tenant}`],
      ),
    );
  }

  /** Takes a tenant away that was being imported, and of which nothing was stored. */
  async withdraw({ tenant, name }: Tenant): Promise<void> {
    await this.change(`no tenant ${name}`, (manager) =>
      manager.query(`DELETE FROM tenant WHERE tenant = $1 AND state = 'importing'`, [tenant]),
    );
  }

  /** Within the last day. */
  erasedLately(): Promise<readonly Tenant[]> {
    return this.rows(`state = 'erased' AND erased > now() - interval '1 day'`, []);
  }

  /** Sets some limits, and takes away those that are `null`. Running servers know of it within 5 seconds. */
  async setLimits(name: string, changes: LimitChanges): Promise<Tenant> {
    const { tenant } = await this.get(name);
    await this.change(`limits of tenant ${name}`, (manager) =>
      manager.query(
        `UPDATE tenant SET limits = jsonb_strip_nulls(limits || $2::jsonb),
           generation = (SELECT max(generation) + 1 FROM tenant) WHERE tenant = $1`,
        [tenant, JSON.stringify(changes)],
      ),
    );
    return this.get(name);
  }

  /** Of one tenant, or of all that have some. */
  storedSettings(tenant?: number): Promise<readonly StoredSettings[]> {
    return asOperator('settings of tenants', () =>
      this.dataSource.query<StoredSettings[]>(
        `SELECT tenant, name, settings FROM tenant
         WHERE settings IS NOT NULL AND ($1::integer IS NULL OR tenant = $1) ORDER BY name`,
        [tenant ?? null],
      ),
    );
  }

  /** Stores what `change` makes of the settings; null takes them all away. Running servers know of it within 5 seconds. */
  async changeSettings(tenant: number, change: (stored: string | null) => Promise<string | null>): Promise<void> {
    await this.change('settings of a tenant', async (manager) => {
      const [row] = await manager.query<StoredSettings[]>('SELECT settings FROM tenant WHERE tenant = $1', [tenant]);
      await manager.query(
        `UPDATE tenant SET settings = $2, settings_generation = (SELECT max(generation) + 1 FROM tenant),
           generation = (SELECT max(generation) + 1 FROM tenant) WHERE tenant = $1`,
        [tenant, await change(row?.settings ?? null)],
      );
    });
  }

  /** Puts other words for the same settings in the place of these, if they still are; no server has to know. */
  async resealSettings(tenant: number, settings: string, resealed: string): Promise<void> {
    await asOperator('settings of a tenant', () =>
      this.dataSource.query('UPDATE tenant SET settings = $3 WHERE tenant = $1 AND settings = $2', [
        tenant,
        settings,
        resealed,
      ]),
    );
  }

  private async nameTaken(name: string): Promise<InvalidTenant> {
    const [taken] = await this.rows('name = $1', [name]);
    const cure = taken && !isWhole(taken) ? notWhole(taken) : 'Take another name.';
    return new InvalidTenant(409, `There is a tenant "${name}" already. ${cure}`);
  }

  private rows(where: string, values: readonly unknown[]): Promise<readonly Tenant[]> {
    return asOperator('which tenants there are', () =>
      this.dataSource.query<Tenant[]>(`SELECT ${columns} FROM tenant WHERE ${where}`, [...values]),
    );
  }

  private change<T>(why: string, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return asOperator(why, () =>
      this.dataSource.transaction(async (manager) => {
        await manager.query('LOCK TABLE tenant IN SHARE ROW EXCLUSIVE MODE');
        return work(manager);
      }),
    );
  }
}

const isWhole = ({ state }: Tenant): boolean => state === 'active' || state === 'suspended';

const notWhole = ({ name, state }: Tenant): string =>
  `It is not whole: it is ${state}, or that was cut short. "lanyard tenant erase ${name}" removes what there is of it.`;

/** Throws {@link InvalidTenant} for a tenant that has not all that one needs. */
export function requireWhole(tenant: Tenant): void {
  if (!isWhole(tenant)) throw new InvalidTenant(409, `There is a tenant "${tenant.name}". ${notWhole(tenant)}`);
}

/** Throws {@link InvalidTenant} where the tenant cannot come into the state: the operator's own always answers. */
export function requireSettable(tenant: Tenant, state: 'active' | 'suspended'): void {
  requireWhole(tenant);
  if (tenant.tenant === defaultTenant && state === 'suspended')
    throw new InvalidTenant(400, 'The tenant "default" is that of the operator, and cannot be suspended.');
}
