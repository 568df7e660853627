import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Logger } from '@nestjs/common';
import { AskingTenants } from './asking-tenants.js';
import type { BusiestTenants } from './busiest-tenants.js';
import { keepTenant } from './keep-tenant.js';
import type { TenantAddress } from './tenant-address.js';
import { RequestRates } from './request-rates.js';
import { RequestTurns } from './request-turns.js';
import type { TenantErasure } from './tenant-erasure.js';
import { NotNow, type TenantServer, TenantServers } from './tenant-servers.js';
import { type Answering, answerNotNow, answerTooMany, answerUnknownTenant } from './unknown-tenant.js';
import { Polled } from '../../database/polled.js';
import { asTenant, boundTenant, defaultTenant, type TenantContext } from '../../database/tenant.js';
import { defaultTenantName } from '../../database/tenants/tenant-name.js';
import type { Tenant, TenantRegistry } from '../../database/tenants/tenant-registry.js';
import type { PageSite } from '../../fhir/http/answer/representation.js';
import { describeError } from '../../observability/describe-error.js';
import { shareTurns } from '../../r4/json/turn-shares.js';

/** The number of the data from before there were tenants, and of the operator. */
export const ownTenant: TenantContext = { tenant: defaultTenant, name: defaultTenantName };

/** Milliseconds. */
const workEvery = 5_000;
const roundEvery = 60_000;
const day = 24 * 3_600_000;

const cannotBegin = 'This server cannot begin to answer now.';

interface FrontParts {
  readonly registry: TenantRegistry;
  readonly servers: TenantServers;
  /** Whose server a request is sent to. */
  readonly read: (request: IncomingMessage) => TenantAddress;
  readonly erasure: TenantErasure;
  /** Numbers of tenants that have something to do which no request asks for. */
  readonly withWork: () => Promise<readonly number[]>;
  /** The operator's, for people at addresses that nobody answers. */
  readonly site: PageSite;
  /** Absent: nobody asks for them. */
  readonly busiest: BusiestTenants | undefined;
}

/** Gives each request to the server of the tenant whose address it came to (docs/adr/0068), before anything else is done about it. */
export class TenantFront {
  private readonly logger = new Logger('Tenants');
  private readonly known = new Map<string, Tenant>();
  private generation = '0';
  private waiting: ReadonlySet<number> = new Set();
  /** When a server was last opened for its daily work, by number. */
  private readonly lastRound = new Map<number, number>();
  private readonly rates = new RequestRates();
  private readonly asking = new AskingTenants();
  private readonly turns = new RequestTurns(this.asking);
  private endSharing: (() => void) | undefined;
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly polled = new Polled(() => this.look(), {
    failed: (error) => this.logger.debug(`Tenants cannot be read: ${describeError(error)}`),
  });

  constructor(
    private readonly parts: FrontParts,
    private readonly application: RequestListener,
  ) {}

  async start(): Promise<void> {
    await this.polled.start();
    this.endSharing = shareTurns({ owner: boundTenant, isShared: (tenant) => this.asking.hasOthers(tenant) });
    this.timers.push(
      setInterval(() => void this.wakeThoseWithWork().catch(this.lost), workEvery).unref(),
      setInterval(() => void this.wakeNext().catch(() => undefined), roundEvery).unref(),
      setInterval(() => void this.goOnErasing().catch(this.lost), roundEvery).unref(),
    );
  }

  async close(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    this.endSharing?.();
    await this.polled.stop();
    await this.parts.servers.close();
  }

  /** Work that nobody does must not go unseen; it is looked for again soon. */
  private readonly lost = (error: unknown): void =>
    this.logger.warn(`Work of tenants cannot be looked for: ${describeError(error)}`);

  drain(): void {
    this.parts.servers.drain();
  }

  readonly answer: RequestListener = (request, response) => {
    const { url = '/' } = request;
    const address = this.parts.read(request);
    if (address.name === defaultTenantName) {
      this.count(defaultTenantName, address.target ?? url);
      if (this.isTooMany(this.known.get(defaultTenantName), address.target ?? url, request, response)) return;
      return this.enter({ tenant: ownTenant, answer: this.application, target: address.target }, request, response);
    }
    const failed = (error: unknown): void => {
      this.logger.error(`A request was not answered: ${describeError(error)}`);
      response.destroy();
    };
    const looking = this.polled.refresh();
    if (looking) return void looking.then(() => this.answerFor(address, request, response)).catch(failed);
    try {
      this.answerFor(address, request, response)?.catch(failed);
    } catch (error) {
      failed(error);
    }
  };

  /** Needs no promise where the server is open: where work is somebody's, each promise keeps whose it is (docs/adr/0173). */
  private answerFor(
    { name, target }: TenantAddress,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> | undefined {
    const asked = target ?? request.url ?? '/';
    const refuse = (answer: Answering): undefined => {
      answer({ target: asked, request, site: this.parts.site }, response);
    };
    if (!this.polled.isBelieved) return refuse(answerNotNow(cannotBegin));
    const tenant = this.known.get(name);
    if (tenant?.state !== 'active') return refuse(answerUnknownTenant);
    this.count(name, asked);
    if (this.isTooMany(tenant, asked, request, response)) return undefined;
    const begin = ({ answer }: TenantServer): undefined => {
      this.enter({ tenant, answer, target }, request, response);
    };
    const { servers } = this.parts;
    const open = servers.openFor(tenant, response);
    if (open) return begin(open);
    return servers
      .serverFor(tenant, response)
      .then(begin, (error: unknown) => refuse(answerNotNow(error instanceof NotNow ? error.message : cannotBegin)));
  }

  private enter(entered: Entered, request: IncomingMessage, response: ServerResponse): void {
    const begin = (): void => enter(entered, request, response);
    // A probe takes no time, and is no other tenant that waits.
    if (isProbe(entered.target ?? request.url)) begin();
    else this.turns.take(entered.tenant.tenant, begin, response);
  }

  private count(name: string, target: string): void {
    if (!isProbe(target)) this.parts.busiest?.count(name);
  }

  /** Answers a request beyond what the operator allows the tenant, before anything else is done about it. */
  private isTooMany(
    tenant: Tenant | undefined,
    target: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): boolean {
    const limit = tenant?.limits.requests;
    if (!tenant || limit === undefined || this.rates.take(tenant.tenant, limit)) return false;
    answerTooMany(limit)({ target, request, site: this.parts.site }, response);
    return true;
  }

  private async look(): Promise<void> {
    for (const tenant of await this.parts.registry.changedSince(this.generation)) {
      const before = this.known.get(tenant.name);
      if (before && before.settingsGeneration !== tenant.settingsGeneration) this.parts.servers.renew(tenant.tenant);
      this.known.set(tenant.name, tenant);
      if (tenant.state !== 'active') this.forget(tenant);
      if (BigInt(tenant.generation) > BigInt(this.generation)) this.generation = tenant.generation;
    }
  }

  private forget({ tenant, name: went, state }: Tenant): void {
    this.parts.servers.drop(tenant);
    this.parts.busiest?.forget(went);
    this.rates.forget(tenant);
    if (state !== 'erased') return;
    this.lastRound.delete(tenant);
    for (const [name, known] of this.known) if (known.tenant === tenant) this.known.delete(name);
  }

  /** Opens the servers of tenants that had work at the last look, too: nobody else does it. */
  private async wakeThoseWithWork(): Promise<void> {
    const found = new Set(await this.parts.withWork());
    const left = [...this.known.values()].filter(({ tenant }) => found.has(tenant) && this.waiting.has(tenant));
    this.waiting = found;
    for (const tenant of left) await this.wake(tenant);
  }

  /** Each tenant's rows are cleaned once a day, also where nobody calls; one a minute or, where they are many, more. */
  private async wakeNext(): Promise<void> {
    const due = [...this.known.values()].filter(
      ({ tenant }) => (this.lastRound.get(tenant) ?? -Infinity) < Date.now() - day,
    );
    const turn = due.slice(0, Math.ceil(this.known.size / 1000));
    for (const tenant of turn) if (await this.wake(tenant)) this.lastRound.set(tenant.tenant, Date.now());
  }

  /** Ends what a process that is gone has begun, and removes what came late. */
  private async goOnErasing(): Promise<void> {
    for (const tenant of this.known.values()) if (tenant.state === 'erasing') await this.parts.erasure.finish(tenant);
    await this.parts.erasure.sweep();
  }

  /** False where its server cannot be opened now. */
  private async wake(tenant: Tenant): Promise<boolean> {
    if (tenant.tenant === defaultTenant || tenant.state !== 'active') return true;
    return this.parts.servers.wake(tenant).then(
      () => true,
      () => false,
    );
  }
}

const isProbe = (target?: string): boolean => target?.startsWith('/health/') === true;

interface Entered {
  readonly tenant: TenantContext;
  readonly answer: RequestListener;
  readonly target: string | undefined;
}

/** Everything that happens to the request from now on is work of the tenant. */
function enter({ tenant, answer, target }: Entered, request: IncomingMessage, response: ServerResponse): void {
  if (target !== undefined) request.url = target;
  keepTenant(tenant, request, response);
  asTenant(tenant, () => answer(request, response));
}
