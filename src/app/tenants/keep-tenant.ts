import type { EventEmitter } from 'node:events';
import { asTenant, type TenantContext } from '../../database/tenant.js';

/** Has listeners of the request and the response work for the tenant: Node emits their events in the context in which the connection was opened. */
export function keepTenant(tenant: TenantContext, ...emitters: readonly EventEmitter[]): void {
  for (const emitter of emitters) {
    // oxlint-disable-next-line typescript/unbound-method -- it is always applied to its emitter
    const { emit } = emitter;
    emitter.emit = (...args: unknown[]) => asTenant(tenant, () => Reflect.apply(emit, emitter, args) as boolean);
  }
}
