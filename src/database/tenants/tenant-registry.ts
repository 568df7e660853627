import type { DataSource, EntityManager } from 'typeorm';
import { InvalidTenant } from './invalid-tenant.js';
import { asOperator } from '../tenant.js';
import { nameFault } from './tenant-name.js';
import { TenantEntity } from './tenant.entity.js';

/** A tenant as the operator sees it: nothing of what it holds. */
export type Tenant = Pick<TenantEntity, 'tenant' | 'name' | 'state' | 'created' | 'generation'>;

/** Statements with the number of the tenant as `$1`, for what each new one needs. */
export type FirstRows = readonly string[];

/** The table of tenants; its changes are made one after the other, so that a greater generation is a later commit. */
export class TenantRegistry {
  constructor(
    private readonly dataSource: DataSource,
    private readonly firstRows: FirstRows,
  ) {}

  /** Those that changed after the generation, which is '0' at first; in the order of their names. */
  changedSince(generation: string): Promise<readonly Tenant[]> {
    return asOperator('which tenants changed', () =>
      this.dataSource.query<Tenant[]>(
        `SELECT tenant, name, state, created, generation::text AS generation FROM tenant WHERE generation > $1::bigint ORDER BY name`,
        [generation],
      ),
    );
  }

  /** Throws {@link InvalidTenant} when there is none of that name. */
  async get(name: string): Promise<Tenant> {
    const found = (await this.changedSince('0')).find((one) => one.name === name);
    if (!found)
      throw new InvalidTenant(404, `There is no tenant "${name}". "lanyard tenant list" shows those there are.`);
    return found;
  }

  /** Throws {@link InvalidTenant} for a name that is taken, or that no tenant can have. */
  async create(name: string): Promise<Tenant> {
    const fault = nameFault(name);
    if (fault !== undefined) throw new InvalidTenant(400, fault);
    return this.change(`a new tenant ${name}`, async (manager) => {
      const rows = await manager.query<Tenant[]>(
        `INSERT INTO tenant (tenant, name, state, generation)
         SELECT max(tenant) + 1, $1, 'active', max(generation) + 1 FROM tenant
         ON CONFLICT (name) DO NOTHING RETURNING tenant, name, state, created, generation::text AS generation`,
        [name],
      );
      const [made] = rows;
      if (!made) throw new InvalidTenant(409, `There is a tenant "${name}" already. Take another name.`);
      for (const statement of this.firstRows) await manager.query(statement, [made.tenant]);
      return made;
    });
  }

  /** Throws {@link InvalidTenant} where that cannot be. A state that the tenant has already is no change. */
  async setState(name: string, state: Tenant['state']): Promise<Tenant> {
    const found = await this.get(name);
    if (found.tenant === 1 && state === 'suspended')
      throw new InvalidTenant(400, 'The tenant "default" is that of the operator, and cannot be suspended.');
    if (found.state === state) return found;
    await this.change(`tenant ${name}`, (manager) =>
      manager.query(
        'UPDATE tenant SET state = $2, generation = (SELECT max(generation) + 1 FROM tenant) WHERE name = $1',
        [name, state],
      ),
    );
    return this.get(name);
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
