import { AsyncLocalStorage } from 'node:async_hooks';

/** The number of the tenant `default`, which every row has where `TENANTS` is off. */
export const defaultTenant = 1;

const context = new AsyncLocalStorage<number>();

/** The number that leads every key and every statement: the tenant that the work is done for, or `default` outside of any. */
export const currentTenant = (): number => context.getStore() ?? defaultTenant;

/** Runs the work, and what it starts, for the tenant. */
export const asTenant = <T>(tenant: number, work: () => T): T => context.run(tenant, work);
