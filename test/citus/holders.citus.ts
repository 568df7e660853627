// docs/adr/0128-reads-at-the-node-of-the-tenant.md: reads of a tenant at the node that holds it, while nodes come, go and give their shards away
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DataSource } from 'typeorm';
import { entities } from '../../src/app/start/schema.js';
import { createDataSource } from '../../src/database/data-source.js';
import { Holders } from '../../src/database/distribution/holders.js';
import { asTenant } from '../../src/database/tenant.js';
import { NobodysWork } from '../../src/database/tenants/require-tenant.js';
import { CitusCluster, type CitusNode, connectionTo } from '../support/citus-cluster.js';
import { rowsOf } from '../support/connection.js';
import { visible } from '../leaks/visible-answer.js';
import { createDistributedDatabase } from '../support/distributed-database.js';
import type { FreshDatabase } from '../support/postgres.js';
import { collectStatements } from '../support/statements.js';
import { startTenants, type TenantsServer, type TestTenant, until } from '../support/tenants.js';

let cluster: CitusCluster;
let database: FreshDatabase;
let server: TenantsServer;
/** Tenants of which each has its rows on another worker, with the numbers and tokens of both. */
let tenants: readonly [Held, Held];

interface Held {
  readonly tenant: TestTenant;
  readonly number: number;
  readonly token: string;
}

beforeAll(async () => {
  cluster = await CitusCluster.start();
  database = await createDistributedDatabase(cluster.ports);
  server = await startTenants({ DATABASE_NODES: 'holders' }, database);
  const made: Held[] = [];
  const nodes = new Set<number>();
  for (let n = 0; made.length < 2 && n < 20; n++) {
    const tenant = await server.create(`tenant-${n}`);
    const number = n + 2;
    const port = await portOf(number);
    if (nodes.has(port)) continue;
    nodes.add(port);
    made.push({ tenant, number, token: (await tenant.logIn()).access_token });
  }
  tenants = made as unknown as typeof tenants;
  for (const held of tenants) {
    await call(held, 'PUT', 'Patient/p1', { resourceType: 'Patient', id: 'p1', name: [{ family: held.tenant.name }] });
    await until(async () => (await readers(held, await portOf(held.number))) > 0);
  }
}, 240_000);
afterAll(async () => {
  await server?.close();
  cluster?.stop();
});

const call = ({ tenant, token }: Held, method: string, path: string, body?: object) =>
  tenant.call(method, path, { token, ...(body && { body }) });

/** Port of the node that holds a tenant, as Citus says. */
async function portOf(tenant: number): Promise<number> {
  const [found] = await rowsOf<{ port: number }>(
    database.connection,
    `SELECT nodeport AS port FROM pg_dist_placement JOIN pg_dist_node USING (groupid)
     WHERE noderole = 'primary' AND shardid = get_shard_id_for_distribution_column('resource', ${tenant})`,
  );
  return found!.port;
}

const failureOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: Error) => `${error.name}: ${error.message}`,
  );

/** Reads of each kind, by ids that other tenants have too. */
const ofSameIds = [
  'Patient/p1',
  'Patient/p1/_history',
  'Patient/_history',
  'Observation/same',
  'Observation?_sort=_id&_total=accurate',
  'Observation?subject=Patient/p1&_include=Observation:subject&_total=accurate',
  'Patient?_has:Observation:patient:_id=same&_revinclude=Observation:subject',
  'Observation?patient.family=theirs&_summary=count',
  'Patient?family=changed&_total=accurate',
  'Patient/p1/$everything',
  'Patient/p1/Observation?_sort=_id',
  '?_type=Patient,Observation&_sort=_id',
];

async function answers(held: Held): Promise<readonly object[]> {
  const found: object[] = [];
  for (const path of ofSameIds) found.push({ path, ...visible(await call(held, 'GET', path)) });
  return found;
}

/** A tenant that is held by the same node as another one. */
async function besides({ number: beside }: Held): Promise<Held> {
  for (let n = 20; n < 60; n++) {
    const tenant = await server.create(`tenant-${n}`);
    const [row] = await rowsOf<{ tenant: number }>(database.connection, 'SELECT max(tenant) AS tenant FROM tenant');
    const number = row!.tenant;
    if ((await portOf(number)) === (await portOf(beside)))
      return { tenant, number, token: (await tenant.logIn()).access_token };
  }
  return expect.fail('No tenant is held by the same node.');
}

const nodeAt = (port: number): CitusNode => cluster.nodes.find((node) => node.port === port)!;

const isPatientRead = (text: string): boolean => /^SELECT .* FROM resource_patient(?:_\d+)? AS r WHERE/.test(text);

/** Statements that a node ran for a connection of the server, by the last of each. */
const statementsAt = async (port: number): Promise<readonly string[]> =>
  (
    await rowsOf<{ query: string }>(
      connectionTo({ port }, database.connection.database!),
      `SELECT query FROM pg_stat_activity WHERE application_name = 'lanyard' AND datname = current_database()`,
    )
  ).map(({ query }) => query);

/** How many connections of the server read a Patient of the tenant last at the node, after it was asked to. */
async function readers(held: Held, port: number): Promise<number> {
  await call(held, 'GET', 'Patient/p1');
  return (await statementsAt(port)).filter(isPatientRead).length;
}

describe('a tenant', () => {
  it('is read at the node that holds it, of which the coordinator is asked nothing', async () => {
    for (const held of tenants) {
      const collected = await countedAt(held, 20);
      expect(collected).toEqual({ holder: 20, coordinator: 0 });
    }
  });

  it('is searched there, with includes, chains, totals and history', async () => {
    for (const held of tenants) {
      const { tenant } = held;
      const observation = {
        resourceType: 'Observation',
        status: 'final',
        code: { text: 'x' },
        subject: { reference: 'Patient/p1' },
      };
      await call(held, 'PUT', 'Observation/o1', { ...observation, id: 'o1' });
      const found = await call(
        held,
        'GET',
        `Observation?patient.family=${tenant.name}&_include=Observation:patient&_total=accurate`,
      );
      expect([found.status, found.body.total, found.body.entry.length], found.text).toEqual([200, 1, 2]);
      const history = await call(held, 'GET', 'Patient/p1/_history');
      expect([history.status, history.body.entry.length], history.text).toEqual([200, 1]);
    }
  });

  it('is answered as if it were alone on its node, whatever another one there holds', async () => {
    const [held] = tenants;
    const observation = (text: string) => ({
      resourceType: 'Observation',
      id: 'same',
      status: 'final',
      code: { text },
      subject: { reference: 'Patient/p1' },
    });
    expect((await call(held, 'GET', 'Patient/p1')).body.name).toEqual([{ family: held.tenant.name }]);
    await call(held, 'PUT', 'Observation/same', observation('mine'));
    const before = await answers(held);
    const other = await besides(held);
    await call(other, 'PUT', 'Patient/p1', { resourceType: 'Patient', id: 'p1', name: [{ family: 'theirs' }] });
    await call(other, 'PUT', 'Patient/p1', { resourceType: 'Patient', id: 'p1', name: [{ family: 'changed' }] });
    await call(other, 'PUT', 'Observation/same', observation('theirs'));
    await until(async () => (await countedAt(other, 5)).holder === 5);
    expect(JSON.stringify(await answers(other))).not.toMatch(new RegExp(`\\bmine\\b|${held.tenant.name}\\b`));
    const { statements, stop } = collectStatements();
    expect(await answers(held)).toEqual(before);
    stop();
    const port = await portOf(held.number);
    expect(statements.filter((sent) => sent.port === port).length).toBeGreaterThanOrEqual(ofSameIds.length);
  });

  it('sees what it has written at once', async () => {
    const [held] = tenants;
    for (let n = 0; n < 50; n++) {
      const body = { resourceType: 'Basic', id: 'own', code: { text: `${n}` } };
      const { status } = await call(held, 'PUT', 'Basic/own', body);
      expect([200, 201]).toContain(status);
      expect((await call(held, 'GET', 'Basic/own')).body.code.text).toBe(`${n}`);
    }
  });
});

describe('a connection to a node', () => {
  let dataSource: DataSource;
  let holders: Holders;
  beforeAll(async () => {
    dataSource = await createDataSource(database.connection, [], entities).initialize();
    holders = (await Holders.follow(dataSource, { poolSize: 2, needsTenant: true }))!;
  });
  afterAll(async () => {
    await holders.close();
    await dataSource.destroy();
  });
  const holderOf = async ({ tenant, number }: Held) => {
    const context = { tenant: number, name: tenant.name };
    asTenant(context, () => holders.current);
    await holders.lookNow();
    return { context, holder: asTenant(context, () => holders.current)!.node };
  };

  it('is of the node that Citus names, for each tenant', async () => {
    for (const held of tenants)
      expect((await holderOf(held)).holder.name).toBe(`127.0.0.1:${await portOf(held.number)}`);
  });

  it('is not taken once the coordinator has not answered for five seconds', async () => {
    const { context, holder } = await holderOf(tenants[0]);
    expect(holder).toBeDefined();
    const late = performance.now() + 5_000;
    const clock = vi.spyOn(performance, 'now').mockReturnValue(late);
    const found = asTenant(context, () => holders.current);
    clock.mockRestore();
    expect(found).toBeUndefined();
  });

  it('changes nothing', async () => {
    const { context, holder } = await holderOf(tenants[0]);
    const erase = () => holder.pool.query('DELETE FROM resource WHERE tenant = $1', [context.tenant]);
    expect(await failureOf(asTenant(context, erase))).toContain('read-only transaction');
  });

  it('is not given to work of no tenant', async () => {
    const { holder } = await holderOf(tenants[0]);
    expect(await failureOf(holder.pool.query('SELECT 1'))).toContain(NobodysWork.name);
    expect(() => holders.current).not.toThrow();
  });
});

describe('under load', () => {
  it('a connection that ends costs the coordinator a statement, and nobody an error', async () => {
    const [held] = tenants;
    const port = await portOf(held.number);
    const load = new Load(held);
    for (let n = 0; n < 3; n++) {
      await load.more(20);
      await rowsOf(
        connectionTo({ port }, 'postgres'),
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lanyard' AND datname = '${database.connection.database}'`,
      );
    }
    await load.more(20);
    expect(await load.end()).toEqual([]);
  });

  it('a shard that moves is read at its new node, and nobody gets an error or an old version', async () => {
    const [held, other] = tenants;
    const [from, to] = [await portOf(held.number), await portOf(other.number)];
    const move = (source: number, target: number) =>
      rowsOf(
        database.connection,
        `SELECT citus_move_shard_placement(get_shard_id_for_distribution_column('resource', ${held.number}),
           '127.0.0.1', ${source}, '127.0.0.1', ${target})`,
      );
    const load = new Load(held);
    await load.more(20);
    await move(from, to);
    expect(await portOf(held.number)).toBe(to);
    await load.more(20);
    expect(await load.end()).toEqual([]);
    await until(async () => (await countedAt(held, 10, to)).holder === 10);
    // Back, so that each has a node again.
    await until(() => move(to, from).then(() => true, isInUse));
    await until(async () => (await countedAt(held, 10, from)).holder === 10);
  });

  it('a node that is killed makes requests of its tenants 503 with Retry-After, and no others; it recovers by itself', async () => {
    const [held, other] = tenants;
    const node = nodeAt(await portOf(held.number));
    const others = new Load(other);
    cluster.stopNode(node, 'immediate');
    try {
      for (let n = 0; n < 10; n++) {
        const answer = await call(held, 'GET', 'Patient/p1');
        expect(answer.status, answer.text).toBe(503);
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      }
      await others.more(20);
      expect(await others.end()).toEqual([]);
    } finally {
      cluster.startNode(node);
    }
    await until(async () => (await call(held, 'GET', 'Patient/p1')).status === 200);
    await until(async () => (await countedAt(held, 10)).holder === 10);
  });
});

/** Citus takes out what a move left behind before it moves the shard back, and gives up soon while somebody uses it. Throws what went wrong otherwise. */
function isInUse(error: Error): false {
  expect(error.message).toContain('orphaned shard');
  return false;
}

/** A writer and two readers of one tenant, until it is ended. */
class Load {
  private readonly wrong: string[] = [];
  private isOver = false;
  private reads = 0;
  private version = 0;
  private readonly running: Promise<unknown>;

  constructor(private readonly held: Held) {
    this.running = Promise.all([this.write(), this.read(), this.read()]);
  }

  /** Waits for as many reads. */
  async more(reads: number): Promise<void> {
    const wanted = this.reads + reads;
    await until(async () => this.reads >= wanted);
  }

  /** What was answered otherwise than it ought to be. */
  async end(): Promise<readonly string[]> {
    this.isOver = true;
    await this.running;
    return this.wrong;
  }

  private async write(): Promise<void> {
    while (!this.isOver) {
      const body = { resourceType: 'Basic', id: 'load', code: { text: `${Math.random()}` } };
      const { status, headers, text } = await call(this.held, 'PUT', 'Basic/load', body);
      if (![200, 201].includes(status)) this.wrong.push(`PUT ${status} ${text}`);
      else this.version = Math.max(this.version, Number(/\d+/.exec(headers.get('etag') ?? '')?.[0]));
    }
  }

  private async read(): Promise<void> {
    while (!this.isOver) {
      const atLeast = this.version;
      const { status, headers, text } = await call(this.held, 'GET', atLeast === 0 ? 'Patient/p1' : 'Basic/load');
      this.reads++;
      const version = Number(/\d+/.exec(headers.get('etag') ?? '')?.[0]);
      if (status !== 200) this.wrong.push(`GET ${status} ${text}`);
      else if (version < atLeast) this.wrong.push(`GET version ${version} after ${atLeast}`);
    }
  }
}

/** Reads the Patient of a tenant so often, and counts the statements for it at the node and at the coordinator. */
async function countedAt(held: Held, times: number, port?: number): Promise<{ holder: number; coordinator: number }> {
  const at = port ?? (await portOf(held.number));
  const collected = collectStatements();
  for (let n = 0; n < times; n++) expect((await call(held, 'GET', 'Patient/p1')).status).toBe(200);
  collected.stop();
  const ports = collected.statements.filter(({ text }) => isPatientRead(text)).map((sent) => sent.port);
  return {
    holder: ports.filter((one) => one === at).length,
    coordinator: ports.filter((one) => one === cluster.ports[0]).length,
  };
}
