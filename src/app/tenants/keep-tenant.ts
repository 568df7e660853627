import { IncomingMessage, ServerResponse } from 'node:http';
import { asTenant, type TenantContext } from '../../database/tenant.js';

const owner = Symbol('tenant');

/**
 * A request whose listeners work for its tenant: Node emits its events in the context in which the connection was opened. Most have no listener, and need no
 * context. A class, since functions of each request outlive it in V8's young generation (docs/adr/0177).
 */
export class TenantRequest extends IncomingMessage {
  [owner]: TenantContext | undefined = undefined;

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    const tenant = this[owner];
    if (tenant === undefined || this.listenerCount(event) === 0) return super.emit(event, ...args);
    return asTenant(tenant, () => super.emit(event, ...args));
  }
}

/** As {@link TenantRequest}. */
export class TenantResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  [owner]: TenantContext | undefined = undefined;

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    const tenant = this[owner];
    if (tenant === undefined || this.listenerCount(event) === 0) return super.emit(event, ...args);
    return asTenant(tenant, () => super.emit(event, ...args));
  }
}

/** Has listeners of both work for the tenant. Throws where the HTTP server makes others. */
export function keepTenant(tenant: TenantContext, request: IncomingMessage, response: ServerResponse): void {
  if (!(request instanceof TenantRequest && response instanceof TenantResponse))
    throw new Error('The HTTP server makes requests that keep no tenant.');
  request[owner] = tenant;
  response[owner] = tenant;
}
