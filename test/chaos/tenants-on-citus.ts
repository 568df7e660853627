import { setTimeout as delay } from 'node:timers/promises';
import { entities } from '../../src/app/start/schema.js';
import { createDataSource } from '../../src/database/data-source.js';
import { poolOf } from '../../src/database/pool-of.js';
import { asTenant } from '../../src/database/tenant.js';
import { verifyChain } from '../../src/fhir/storage/audit/verify-chain.js';
import { SqlSession } from '../../src/fhir/storage/session/sql-session.js';
import type { TestDatabase } from '../../src/testing/postgres.js';
import { callAs } from '../support/call-as.js';
import { CitusCluster, type CitusNode } from '../support/citus-cluster.js';
import { rowsOf } from '../support/connection.js';
import { createDistributedDatabase } from '../support/distributed-database.js';
import { freePort } from '../support/free-port.js';
import { type HttpAnswer, processPassword, ServerProcess } from '../support/server-process.js';
import { type TenantAnswer, TestTenant, until } from '../support/tenants.js';
import type { Caller } from '../support/write-load.js';

/** Milliseconds until a client gives up that is told to come back. */
const patience = 90_000;

/** A tenant, and where its rows are: tenants of one shard move together. */
export interface PlacedTenant {
  readonly tenant: TestTenant;
  readonly number: number;
  readonly shard: string;
}

/** A server of several tenants on a distributed database. Citus knows one worker of two at first. */
export class TenantsOnCitus {
  private constructor(
    readonly cluster: CitusCluster,
    readonly database: TestDatabase,
    private readonly server: ServerProcess,
    private readonly operator: string,
  ) {}

  static async start(): Promise<TenantsOnCitus> {
    const cluster = await CitusCluster.start();
    const database = await createDistributedDatabase(cluster.ports, 1);
    const port = await freePort();
    const server = await ServerProcess.start(database, {
      PORT: String(port),
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      TENANTS: 'path',
      DATABASE_NODES: 'holders',
    });
    const right = `UPDATE user_account SET grants = grants || ' operator/*.cruds' WHERE tenant = 1 AND name = 'admin'`;
    await rowsOf(database.connection, right);
    return new TenantsOnCitus(cluster, database, server, (await server.logIn()).access);
  }

  sql<T extends object>(statement: string): Promise<readonly T[]> {
    return rowsOf<T>(this.database.connection, statement);
  }

  /** What an operator asks for below `/admin/tenants`. */
  administer(method: string, path: string, body?: object): Promise<TenantAnswer> {
    const own = new TestTenant('default', this.server.origin);
    return own.call(method, `/admin/tenants${path}`, { token: this.operator, ...(body && { body }) });
  }

  /** Makes a tenant whose administrator is `admin`. */
  async create(name: string): Promise<PlacedTenant> {
    const made = await this.administer('POST', '', { name, administrator: 'admin', password: processPassword });
    if (made.status !== 201) throw new Error(made.text);
    const tenant = new TestTenant(name, `${this.server.origin}/t/${name}`);
    await until(async () => (await tenant.call('GET', 'metadata')).status === 200);
    const [row] = await this.sql<{ number: number; shard: string }>(
      `SELECT tenant AS number, get_shard_id_for_distribution_column('resource', tenant)::text AS shard
       FROM tenant WHERE name = '${name}'`,
    );
    return { tenant, ...row! };
  }

  /** The node that has the rows of a tenant, as Citus says. */
  async nodeOf({ shard }: PlacedTenant): Promise<CitusNode> {
    const [found] = await this.sql<{ port: number }>(
      `SELECT nodeport AS port FROM pg_dist_placement JOIN pg_dist_node USING (groupid)
       WHERE noderole = 'primary' AND shardid = ${shard}`,
    );
    return this.cluster.nodes.find(({ port }) => port === found!.port)!;
  }

  /** What is wrong with the chain of AuditEvents of a tenant once all of them are sealed; undefined where it is whole. */
  async chainFault({ tenant: { name }, number }: PlacedTenant): Promise<string | undefined> {
    const dataSource = await createDataSource(this.database.connection, [], entities).initialize();
    try {
      const session = new SqlSession(poolOf(dataSource), { statementTimeout: 60 });
      const verify = () => asTenant({ tenant: number, name }, () => verifyChain(session));
      await until(async () => (await verify()).unsealed === 0);
      const { checked, fault } = await verify();
      return fault ?? (checked > 0 ? undefined : 'There is no event.');
    } finally {
      await dataSource.destroy();
    }
  }

  async stop(): Promise<void> {
    await this.server.kill();
    this.cluster.stop();
  }
}

/** Requests of the administrator of a tenant. */
export async function callerOf({ tenant }: PlacedTenant): Promise<Caller> {
  const { access_token: token } = await tenant.logIn('admin', processPassword);
  return callAs(tenant.fhirBase, token);
}

/** True if the client is told when to come back. */
export const saysWhen = ({ status, headers }: HttpAnswer): boolean =>
  status === 503 && Number(headers.get('retry-after')) > 0;

/** A client that comes back when it is told to, with one key for each POST, so that it is carried out once. */
export class PatientClient {
  retried = 0;
  private keys = 0;

  constructor(
    private readonly send: Caller,
    private readonly name: string,
  ) {}

  readonly call: Caller = async (method, path, body, given) => {
    const key = method === 'POST' &&
      !given?.['idempotency-key'] && { 'idempotency-key': `${this.name}/${++this.keys}` };
    const end = Date.now() + patience;
    for (;;) {
      const answer = await this.send(method, path, body, { ...given, ...key });
      if (!saysWhen(answer) || Date.now() > end) return answer;
      this.retried++;
      await delay(Number(answer.headers.get('retry-after')) * 1_000);
    }
  };
}
