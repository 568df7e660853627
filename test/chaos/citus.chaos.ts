// Issue 19: tenants on Citus, while a node is added, a worker and the coordinator are killed, and tenants end
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasCitus } from '../support/has-citus.js';
import { aPatient } from '../support/resources.js';
import type { HttpAnswer } from '../support/server-process.js';
import { type Caller, WriteLoad } from '../support/write-load.js';
import { report } from './report.js';
import { callerOf, PatientClient, type PlacedTenant, saysWhen, TenantsOnCitus } from './tenants-on-citus.js';

if (!hasCitus) report('Citus', 'skipped: it is not installed for the PostgreSQL 17 of Debian');

/** How many tenants end while others work, and how many of them at once. */
const leavers = 200;
const atOnce = 8;
/** Milliseconds: longer than anything is believed while a node does not answer. */
const outage = 8_000;

const shown = (answers: readonly HttpAnswer[]) => answers.map(({ status, body }) => [status, body]);

/** Reads one Patient, by id and by search, over and over. */
class ReadLoad {
  readonly failed: HttpAnswer[] = [];
  private isOver = false;
  private running: Promise<unknown> = Promise.resolve();
  reads = 0;

  async start(call: Caller, readers: number): Promise<void> {
    await call('PUT', 'Patient/read', { ...aPatient(), id: 'read' });
    this.running = Promise.all(Array.from({ length: readers }, () => this.read(call)));
  }

  async end(): Promise<void> {
    this.isOver = true;
    await this.running;
  }

  private async read(call: Caller): Promise<void> {
    while (!this.isOver) {
      const path = this.reads++ % 2 === 0 ? 'Patient/read' : 'Patient?_id=read';
      const answer = await call('GET', path);
      const isFound = path === 'Patient/read' || answer.body.entry?.length === 1;
      if (answer.status !== 200 || !isFound) this.failed.push(answer);
    }
  }
}

/** Writers and readers of one tenant. */
class TenantLoad {
  readonly writes: WriteLoad;
  readonly reads = new ReadLoad();
  private finish = async (): Promise<void> => undefined;

  constructor(
    world: TenantsOnCitus,
    readonly placed: PlacedTenant,
    readonly call: Caller,
  ) {
    this.writes = new WriteLoad(world.database.connection);
  }

  async start(each: number): Promise<void> {
    await this.reads.start(this.call, each);
    this.finish = this.writes.start(this.call, each);
  }

  async end(): Promise<void> {
    await Promise.all([this.finish(), this.reads.end()]);
  }

  /** Every answer that was no success. */
  get refused(): readonly HttpAnswer[] {
    return [...this.writes.refused, ...this.reads.failed];
  }
}

const summaryOf = (loads: readonly TenantLoad[]): string => {
  const sum = (of: (load: TenantLoad) => number) => loads.reduce((total, load) => total + of(load), 0);
  return `${sum(({ writes }) => writes.acknowledged.size)} writes acknowledged, ${sum(({ reads }) => reads.reads)} reads, ${sum(({ refused }) => refused.length)} refused; 0 lost, 0 in part, 0 twice`;
};

describe.skipIf(!hasCitus)('tenants on Citus', () => {
  let world: TenantsOnCitus;
  /** One of each shard. */
  let tenants: readonly PlacedTenant[];
  beforeAll(async () => {
    world = await TenantsOnCitus.start();
    const byShard = new Map<string, PlacedTenant>();
    for (let n = 0; byShard.size < 4 && n < 40; n++) {
      const placed = await world.create(`tenant-${n}`);
      if (!byShard.has(placed.shard)) byShard.set(placed.shard, placed);
    }
    if (byShard.size < 4) throw new Error('The tenants are not in all shards.');
    tenants = [...byShard.values()];
  }, 300_000);
  afterAll(() => world?.stop());

  /** Loads whose clients come back when they are told to. */
  const patientLoads = async (given: readonly PlacedTenant[]) => {
    const clients: PatientClient[] = [];
    const loads: TenantLoad[] = [];
    for (const placed of given) {
      const client = new PatientClient(await callerOf(placed), `${placed.tenant.name}/${Date.now()}`);
      clients.push(client);
      loads.push(new TenantLoad(world, placed, client.call));
    }
    return { loads, retried: () => clients.reduce((sum, { retried }) => sum + retried, 0) };
  };
  const plainLoads = (given: readonly PlacedTenant[]): Promise<readonly TenantLoad[]> =>
    Promise.all(given.map(async (placed) => new TenantLoad(world, placed, await callerOf(placed))));
  const startAll = (loads: readonly TenantLoad[], each: number) => Promise.all(loads.map((load) => load.start(each)));
  const endAll = (loads: readonly TenantLoad[]) => Promise.all(loads.map((load) => load.end()));

  /** What was acknowledged is there, what was not is whole or not there, and every AuditEvent is in its chain. */
  const expectNothingLost = async (loads: readonly TenantLoad[]): Promise<void> => {
    for (const { writes, call, placed } of loads) {
      expect(writes.acknowledged.size).toBeGreaterThan(0);
      await writes.retryUnanswered(call);
      expect(await writes.faults(call)).toEqual([]);
      expect([placed.tenant.name, await world.chainFault(placed)]).toEqual([placed.tenant.name, undefined]);
    }
  };
  const readsOf = async ({ call }: TenantLoad): Promise<number> => (await call('GET', 'Patient/read')).status;
  const recover = async (loads: readonly TenantLoad[]): Promise<void> => {
    for (const load of loads) await expect.poll(() => readsOf(load), { timeout: 60_000 }).toBe(200);
  };

  it('spread to a node that is added, under 8 writers and 8 readers, and no request fails but for retried ones', async () => {
    const { loads, retried } = await patientLoads(tenants);
    await startAll(loads, 2);
    const { port } = world.cluster.nodes[2]!;
    await world.sql(`SELECT citus_add_node('127.0.0.1', ${port})`);
    await world.sql(`SELECT citus_rebalance_start(rebalance_strategy => 'by_shard_count')`);
    await world.sql('SELECT citus_rebalance_wait()');
    const nodes = await Promise.all(tenants.map((placed) => world.nodeOf(placed)));
    expect(nodes.filter((node) => node.port === port)).toHaveLength(2);
    await delay(2_000);
    await endAll(loads);
    expect(shown(loads.flatMap(({ refused }) => refused))).toEqual([]);
    await expectNothingLost(loads);
    report('2 of 4 shards moved to a new node of Citus', `${summaryOf(loads)}; ${retried()} retried`);
  });

  it('are 503 with Retry-After while their worker is killed, and others go on', async () => {
    const loads = await plainLoads(tenants);
    const node = await world.nodeOf(tenants[0]!);
    const holders = await Promise.all(tenants.map((placed) => world.nodeOf(placed)));
    const [theirs, others] = [true, false].map((isKilled) =>
      loads.filter((_, n) => (holders[n] === node) === isKilled),
    );
    await startAll(loads, 3);
    await delay(1_500);
    await world.cluster.killNode(node);
    await delay(outage);
    await world.cluster.reviveNode(node);
    await recover(theirs!);
    await delay(1_500);
    await endAll(loads);
    expect(others!.length).toBeGreaterThan(0);
    expect(shown(others!.flatMap(({ refused }) => refused))).toEqual([]);
    const refused = theirs!.flatMap((load) => load.refused);
    expect(refused.length).toBeGreaterThan(0);
    expect(shown(refused.filter((answer) => !saysWhen(answer)))).toEqual([]);
    await expectNothingLost(loads);
    report('a worker of Citus killed under load', `its tenants: ${summaryOf(theirs!)}; others: ${summaryOf(others!)}`);
  });

  it('are 503 with Retry-After while the coordinator restarts, and go on by themselves', async () => {
    const loads = await plainLoads(tenants);
    const [coordinator] = world.cluster.nodes;
    await startAll(loads, 2);
    await delay(1_500);
    await world.cluster.killNode(coordinator);
    await delay(2_000);
    await world.cluster.reviveNode(coordinator);
    await recover(loads);
    await delay(1_500);
    await endAll(loads);
    const refused = loads.flatMap((load) => load.refused);
    expect(refused.length).toBeGreaterThan(0);
    expect(shown(refused.filter((answer) => !saysWhen(answer)))).toEqual([]);
    await expectNothingLost(loads);
    report('the coordinator of Citus killed and started again', summaryOf(loads));
  });

  it(`go on while ${leavers} others are suspended and erased whole`, async () => {
    const { loads, retried } = await patientLoads(tenants.slice(0, 2));
    await startAll(loads, 2);
    const names = Array.from({ length: leavers }, (_, n) => `leaver-${n}`);
    const queue = names.entries();
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        for (const [n, name] of queue) await leave(name, n % 20 === 0);
      }),
    );
    for (const name of names)
      await expect.poll(async () => (await world.administer('GET', `/${name}`)).status, { timeout: 120_000 }).toBe(404);
    await endAll(loads);
    expect(shown(loads.flatMap(({ refused }) => refused))).toEqual([]);
    expect(await leftOver()).toEqual([]);
    const [erased] = await world.sql<{ rows: number }>(
      `SELECT count(*)::int AS rows FROM tenant WHERE state = 'erased'`,
    );
    expect(erased).toEqual({ rows: leavers });
    await expectNothingLost(loads);
    report(`${leavers} tenants suspended and erased beside others`, `${summaryOf(loads)}; ${retried()} retried`);
  });

  /** Makes a tenant, some with a Patient, and ends it. */
  async function leave(name: string, hasPatient: boolean): Promise<void> {
    if (hasPatient) {
      const call = await callerOf(await world.create(name));
      expect((await call('PUT', 'Patient/p1', { ...aPatient(), id: 'p1' })).status).toBe(201);
    } else expect((await world.administer('POST', '', { name, administrator: 'admin' })).status).toBe(201);
    expect((await world.administer('PATCH', `/${name}`, { state: 'suspended' })).status).toBe(200);
    expect((await world.administer('DELETE', `/${name}`)).status).toBe(202);
  }

  /** Tables of tenants that have rows of one that was erased. */
  async function leftOver(): Promise<readonly string[]> {
    const erased = `(SELECT array_agg(tenant) FROM tenant WHERE state = 'erased')`;
    const tables = await world.sql<{ name: string }>(
      `SELECT logicalrelid::text AS name FROM pg_dist_partition JOIN pg_class ON oid = logicalrelid
       WHERE partmethod = 'h' AND NOT relispartition`,
    );
    expect(tables.length).toBeGreaterThan(20);
    const [numbers] = await world.sql<{ all: number[] }>(`SELECT ${erased} AS all`);
    const found: string[] = [];
    for (const { name } of tables) {
      const [row] = await world.sql<{ rows: number }>(
        `SELECT count(*)::int AS rows FROM ${name} WHERE tenant = ANY ('{${numbers!.all.join(',')}}')`,
      );
      if (row!.rows > 0) found.push(`${name}: ${row!.rows}`);
    }
    return found;
  }
});
