import type { PoolConfig } from 'pg';
import type { DataSource } from 'typeorm';
import { SteadyClient } from '../steady-client.js';
import { coordinatorOf, nodeConnection } from './node-connection.js';
import { type DatabaseNode, hasCitus, readFunctions, readNodes, readTables } from './read-distribution.js';
import { firstTable } from './shared-tables.js';

/** How a database with Citus spreads the tables of tenants. */
export interface DistributionFacts {
  /** Tables that are distributed by tenant. */
  readonly distributed: number;
  /** Tables and functions that are not where they ought to be. */
  readonly misplaced: readonly string[];
  /** Tables of which the coordinator still has what it copied to the nodes. */
  readonly leftover: readonly string[];
  readonly nodes: readonly NodeFacts[];
}

interface NodeFacts extends DatabaseNode {
  /** True if the coordinator reaches it. */
  readonly answers: boolean;
  /** Error of a connection of the server to it, where one was tried. */
  readonly failure?: unknown;
}

/** Undefined where there is no Citus. No table of data is read. `triesNodes`: connects to the workers as a server does that reads there. */
export async function examineDistribution(
  dataSource: DataSource,
  triesNodes = false,
): Promise<DistributionFacts | undefined> {
  if (!(await hasCitus(dataSource))) return undefined;
  const [tables, functions, nodes] = [
    await readTables(dataSource),
    await readFunctions(dataSource),
    await readNodes(dataSource),
  ];
  // A node that does not answer is a row, and no failure of the statement.
  const answers = await dataSource.query<readonly { readonly name: string }[]>(
    `SELECT n.nodename || ':' || n.nodeport AS name FROM run_command_on_all_nodes('SELECT 1', give_warning_for_connection_errors => true) AS asked
     JOIN pg_dist_node AS n ON n.nodeid = asked.nodeid WHERE asked.success`,
  );
  return {
    distributed: tables.filter(({ placement }) => placement === 'distributed').length,
    misplaced: [
      ...tables.filter(({ placement, wanted }) => placement !== wanted).map(({ name }) => name),
      ...new Set([...functions.lacking, ...functions.mayNotRead]),
    ],
    leftover: tables.filter(({ hasLeftover }) => hasLeftover).map(({ name }) => name),
    nodes: await Promise.all(
      nodes.map(async (node) => ({
        ...node,
        answers: answers.some(({ name }) => name === node.name),
        failure:
          triesNodes && node.isWorker ? await failureAt(nodeConnection(coordinatorOf(dataSource), node)) : undefined,
      })),
    ),
  };
}

/** Of the first table and its shards at the node that is asked, which servers name (docs/adr/0179), one that they may not read. */
const closedTable = `
  SELECT name FROM (SELECT '${firstTable}' UNION ALL SELECT '${firstTable}_' || shardid FROM pg_dist_shard WHERE logicalrelid = '${firstTable}'::regclass) AS t(name)
  WHERE NOT has_table_privilege(to_regclass(name), 'SELECT') LIMIT 1`;

/** Undefined where the server may read at the node. */
async function failureAt(connection: PoolConfig): Promise<unknown> {
  const client = new SteadyClient(connection);
  try {
    await client.connect();
    const { rows } = await client.query<{ name: string }>(closedTable);
    return rows[0] && new Error(`it may not read the table ${rows[0].name}`);
  } catch (error) {
    return error;
  } finally {
    await client.end().catch(() => undefined);
  }
}
