import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { asTenant, defaultTenant } from '../../database/tenant.js';
import { InvalidTenant } from '../../database/tenants/invalid-tenant.js';
import type { Tenant, TenantRegistry } from '../../database/tenants/tenant-registry.js';
import { secretsOf, tablesWithContents, tenantTables } from '../../database/tenants/tenant-tables.js';
import type { BinaryStore } from '../../fhir/storage/binary/binary-store.js';

export interface ErasureParts {
  readonly dataSource: DataSource;
  readonly registry: TenantRegistry;
  /** Where contents lie that are not in the database. */
  readonly storeOf: (tenant: Tenant) => Promise<Pick<BinaryStore, 'remove'> | undefined>;
}

/** Milliseconds after which no server begins work of a tenant that is no longer active, and until rows are looked for again. */
const settled = 6_000;
const pause = 2_000;
const mostPasses = 60;
const contentsAtOnce = 500;

/**
 * Erases all that a tenant holds (docs/adr/0079). Requests and jobs that servers have begun may write until they end, so it goes over the tables
 * until a whole round finds nothing. Whoever begins again goes on.
 */
export class TenantErasure {
  private readonly underWay = new Map<number, Promise<number>>();

  constructor(private readonly parts: ErasureParts) {}

  /** From here on the tenant cannot be resumed. Throws {@link InvalidTenant} for one that still answers. */
  async begin(name: string): Promise<Tenant> {
    const { registry } = this.parts;
    const tenant = await registry.get(name);
    if (tenant.tenant === defaultTenant)
      throw new InvalidTenant(400, 'The tenant "default" is that of the operator, and cannot be erased.');
    if (tenant.state === 'active')
      throw new InvalidTenant(
        409,
        `The tenant "${name}" still answers. Suspend it first: lanyard tenant suspend ${name}`,
      );
    return tenant.state === 'erasing' ? tenant : registry.moveTo(tenant, 'erasing');
  }

  /** Ends what {@link begin} has begun; returns the number of rows. Parallel calls are one. */
  finish(tenant: Tenant): Promise<number> {
    const running = this.underWay.get(tenant.tenant);
    if (running) return running;
    const work = this.erase(tenant).finally(() => this.underWay.delete(tenant.tenant));
    this.underWay.set(tenant.tenant, work);
    return work;
  }

  /** Removes what was written for tenants that were erased lately: by a server that had stood still. */
  async sweep(): Promise<void> {
    for (const tenant of await this.parts.registry.erasedLately()) await this.removeRows(tenant);
  }

  private async erase(tenant: Tenant): Promise<number> {
    const { registry } = this.parts;
    await sleep(settled);
    await this.removeContents(tenant);
    let rows = 0;
    for (let pass = 0; pass < mostPasses; pass++) {
      const removed = await this.removeRows(tenant).catch(whenDeadlocked);
      rows += removed ?? 0;
      if (removed === 0 && pass > 0) {
        await registry.markErased(tenant);
        return rows;
      }
      await sleep(pause);
      await this.removeContents(tenant);
    }
    throw new InvalidTenant(
      409,
      `Something still writes for the tenant "${tenant.name}". Stop servers that hang, then erase it again.`,
    );
  }

  /** As work of the tenant: connections of the operator see no rows of tenants. */
  private async removeRows(erased: Tenant): Promise<number> {
    const { dataSource } = this.parts;
    const { tenant } = erased;
    return asTenant(erased, async () => {
      let rows = 0;
      for (const table of await tenantTables(dataSource))
        rows += affected(await dataSource.query(`DELETE FROM ${table.name} WHERE tenant = $1`, [tenant]));
      return rows + affected(await dataSource.query(`DELETE FROM server_secret WHERE ${secretsOf(tenant)}`));
    });
  }

  /** Before the rows that name them. */
  private async removeContents(tenant: Tenant): Promise<void> {
    const store = await this.parts.storeOf(tenant);
    if (!store) return;
    for (;;) {
      const found = await this.someContents(tenant);
      for (const { id, isHere } of found) {
        // In a store that tenants share, the content of the same id is of the tenant that this one is a copy of.
        if (!isHere) await store.remove(id);
        await this.forgetContent(tenant, id);
      }
      if (found.length < contentsAtOnce) return;
    }
  }

  /** `isHere`: it lies in the database. */
  private async someContents(erased: Tenant): Promise<readonly { readonly id: string; readonly isHere: boolean }[]> {
    const { dataSource } = this.parts;
    const { tenant } = erased;
    return asTenant(erased, async () => {
      const named = (await tablesWithContents(dataSource)).map(
        (table) => `SELECT content_id AS id FROM ${table} WHERE tenant = $1`,
      );
      return dataSource.query(
        `SELECT id::text, EXISTS (SELECT FROM binary_content AS c WHERE c.tenant = $1 AND c.content_id = id) AS "isHere"
         FROM (${named.join(' UNION ')} LIMIT $2) AS found`,
        [tenant, contentsAtOnce],
      );
    });
  }

  private async forgetContent(erased: Tenant, contentId: string): Promise<void> {
    const { dataSource } = this.parts;
    const { tenant } = erased;
    await asTenant(erased, async () => {
      for (const table of await tablesWithContents(dataSource))
        await dataSource.query(`DELETE FROM ${table} WHERE tenant = $1 AND content_id = $2::uuid`, [tenant, contentId]);
    });
  }
}

/** TypeORM hands over rows and their number for what changes them. */
const affected = (result: unknown): number => (result as readonly [unknown, number])[1];

/** In a deadlock the other transaction goes on; the next pass removes the rows that are left. */
function whenDeadlocked(error: unknown): undefined {
  const { code } = error as { readonly code?: string };
  if (code === '40P01' || code === '40001') return undefined;
  throw error;
}
