import { AsyncLocalStorage } from 'node:async_hooks';

/** Whose the work is: the number that leads its keys, and the name in its addresses. */
export interface TenantContext {
  readonly tenant: number;
  readonly name: string;
}

/** The number of the tenant `default`: the only one where `TENANTS` is off. */
export const defaultTenant = 1;

/** Work of the operator, who is above tenants, and what it is for. */
interface OperatorWork {
  readonly why: string;
}

const context = new AsyncLocalStorage<TenantContext | OperatorWork>();

/**
 * The number that leads every key and every statement: the tenant that the work is done for, or `default` outside of any. Throws for
 * work of the operator, which belongs to no tenant.
 */
export function currentTenant(): number {
  const found = context.getStore();
  if (found === undefined) return defaultTenant;
  if ('tenant' in found) return found.tenant;
  throw new Error(`Work of the operator (${found.why}) belongs to no tenant.`);
}

/** True once work was done for a tenant by name: such work may go on for as long as the process. */
let hasTenants = false;
let operating = 0;

/** Runs the work, and what it starts, for the tenant (docs/adr/0068). */
export function asTenant<T>(tenant: TenantContext, work: () => T): T {
  hasTenants = true;
  return context.run(tenant, work);
}

/** Runs work on the tables of the operator, such as `tenant`; `why` is for messages. */
export function asOperator<T>(why: string, work: () => T): T {
  operating++;
  let result: T | undefined;
  try {
    return (result = context.run({ why }, work));
  } finally {
    if (result instanceof Promise) void result.then(endOperation, endOperation);
    else endOperation();
  }
}

/**
 * Puts the storage away where all work is nobody's: until Node.js 22, one in use slows each promise of the process down, which makes a read
 * a tenth dearer.
 */
function endOperation(): void {
  operating--;
  if (operating === 0 && !hasTenants) context.disable();
}

/** The number that a connection is bound to for the work: 0 for work of the operator, which sees no rows of tenants (docs/adr/0071). */
export function boundTenant(): number {
  const found = context.getStore();
  return found && !('tenant' in found) ? 0 : currentTenant();
}

/** True where the work is somebody's: of a tenant or of the operator. */
export const isSomebodysWork = (): boolean => context.getStore() !== undefined;

/** The name of the tenant that the work is done for, for the log; undefined for work of nobody's, as all is where `TENANTS` is off. */
export function currentTenantName(): string | undefined {
  const found = context.getStore();
  return found && 'tenant' in found ? found.name : undefined;
}
