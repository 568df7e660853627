import type { IncomingMessage, ServerResponse } from 'node:http';
import { Logger } from '@nestjs/common';
import { asTenant, type TenantContext } from '../../database/tenant.js';
import { describeError } from '../../observability/describe-error.js';

/** The server of one tenant: an application of its own, with everything that it keeps, on the pool that all share. */
export interface TenantServer {
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void;
  /** Its clients are told to go elsewhere: the process is about to stop. */
  readonly drain: () => void;
  /** Ends its work; requests that it has begun are answered. */
  close(): Promise<void>;
}

/** Starts the server of a tenant; called as that tenant. */
export type StartServer = (tenant: TenantContext) => Promise<TenantServer>;

interface Opened {
  readonly server: Promise<TenantServer>;
  /** Once it works. */
  working?: TenantServer;
  /** Requests that it is at. */
  requests: number;
  /** By `performance.now()`. */
  usedAt: number;
  /** Called when no request is left, once another server takes its place. */
  ended?: () => void;
}

export interface Bounds {
  /** Servers that are open at once. */
  readonly most: number;
  /** Milliseconds after which one that nobody asks is closed. */
  readonly idle: number;
  /** Servers that start at once. */
  readonly starting: number;
  /** Milliseconds between two servers that take the place of another one. */
  readonly displaceEvery: number;
}

/** The server is not open, and cannot be now; the message is for strangers. */
export class NotNow extends Error {
  override readonly name = 'NotNow';
}

/**
 * The servers of tenants (docs/adr/0068): each is started when somebody first asks it, and closed when nobody has asked it for a
 * while, or when another one needs its place. Anybody who knows names of tenants can make servers start, so starts are bounded: some at once, and
 * one in a while where another server has to make room. What a server keeps in memory is so its tenant's by construction.
 */
export class TenantServers {
  private readonly logger = new Logger('Tenants');
  /** By number, those that were used last at the end. */
  private readonly opened = new Map<number, Opened>();
  private readonly closing = new Set<Promise<void>>();
  /** Whose tenants have another server. */
  private readonly leaving = new Set<Opened>();
  private readonly timer: NodeJS.Timeout;
  private starting = 0;
  /** By `performance.now()`. */
  private displacedAt = -Infinity;

  constructor(
    private readonly start: StartServer,
    private readonly bounds: Bounds,
  ) {
    this.timer = setInterval(() => this.closeIdle(), Math.min(bounds.idle, 60_000)).unref();
  }

  /** Servers that are open, and those that start. */
  get size(): number {
    return this.opened.size;
  }

  /** True if a server works for the tenant. */
  has({ tenant }: TenantContext): boolean {
    return this.opened.has(tenant);
  }

  /** Uses the server of the tenant until the response has ended. Rejects with {@link NotNow}, and with what keeps it from starting. */
  async serverFor(tenant: TenantContext, response: ServerResponse): Promise<TenantServer> {
    return this.useFor(tenant, response).server;
  }

  /** As {@link serverFor}, at once; undefined where no server works for the tenant yet. */
  openFor(tenant: TenantContext, response: ServerResponse): TenantServer | undefined {
    if (!this.opened.get(tenant.tenant)?.working) return undefined;
    return this.useFor(tenant, response).working;
  }

  /** Opens the server for work that is not asked for by a request. */
  async wake(tenant: TenantContext): Promise<void> {
    await this.use(tenant).server;
  }

  drain(): void {
    for (const { server } of [...this.opened.values(), ...this.leaving])
      void server.then(
        ({ drain }) => drain(),
        () => undefined,
      );
  }

  /** Closes the server of a tenant, if it is open. */
  drop(tenant: number): void {
    const opened = this.opened.get(tenant);
    if (!opened) return;
    this.opened.delete(tenant);
    this.end(opened);
  }

  /** Lets the next request open another server for the tenant; the one that is open answers what it is at, and is closed. */
  renew(tenant: number): void {
    const opened = this.opened.get(tenant);
    if (!opened) return;
    this.opened.delete(tenant);
    if (opened.requests === 0) return this.end(opened);
    this.leaving.add(opened);
    const late = setTimeout(() => opened.ended?.(), this.bounds.idle).unref();
    opened.ended = () => {
      clearTimeout(late);
      delete opened.ended;
      this.leaving.delete(opened);
      this.end(opened);
    };
  }

  private end(opened: Opened): void {
    const closed = opened.server.then((server) => server.close()).catch(() => undefined);
    this.closing.add(closed);
    void closed.then(() => this.closing.delete(closed));
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    for (const tenant of this.opened.keys()) this.drop(tenant);
    for (const { ended } of this.leaving) ended?.();
    await Promise.all(this.closing);
  }

  private useFor(tenant: TenantContext, response: ServerResponse): Opened {
    const opened = this.use(tenant);
    // One that has ended already does not end again.
    if (!response.closed) {
      opened.requests++;
      response.once('close', () => --opened.requests === 0 && opened.ended?.());
    }
    return opened;
  }

  private use(tenant: TenantContext): Opened {
    const found = this.opened.get(tenant.tenant);
    const opened = found ?? this.open(tenant);
    opened.usedAt = performance.now();
    this.opened.delete(tenant.tenant);
    this.opened.set(tenant.tenant, opened);
    return opened;
  }

  private open(tenant: TenantContext): Opened {
    if (this.starting >= this.bounds.starting)
      throw new NotNow('This server starts when it is first asked, and too many servers are starting at the moment.');
    if (this.opened.size >= this.bounds.most) this.makeRoom();
    this.starting++;
    const server = asTenant(tenant, () => this.start(tenant)).finally(() => this.starting--);
    const opened: Opened = { server, requests: 0, usedAt: 0 };
    void server.then(
      (working) => (opened.working = working),
      (error: unknown) => {
        if (this.opened.get(tenant.tenant) === opened) this.opened.delete(tenant.tenant);
        this.logger.error(`The server of the tenant ${tenant.name} does not start: ${describeError(error)}`);
      },
    );
    return opened;
  }

  private makeRoom(): void {
    const idle = [...this.opened].find(([, { requests }]) => requests === 0);
    const now = performance.now();
    if (!idle || now - this.displacedAt < this.bounds.displaceEvery)
      throw new NotNow('This server starts when it is first asked, and all places are taken by servers in use.');
    this.displacedAt = now;
    this.drop(idle[0]);
  }

  private closeIdle(): void {
    const before = performance.now() - this.bounds.idle;
    for (const [tenant, { requests, usedAt }] of this.opened) if (requests === 0 && usedAt < before) this.drop(tenant);
  }
}
