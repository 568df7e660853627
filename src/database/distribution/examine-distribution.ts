import type { DataSource } from 'typeorm';
import { type DatabaseNode, hasCitus, readFunctions, readNodes, readTables } from './read-distribution.js';

/** How a database with Citus spreads the tables of tenants. */
export interface DistributionFacts {
  /** Tables that are distributed by tenant. */
  readonly distributed: number;
  /** Tables and functions that are not where they ought to be. */
  readonly misplaced: readonly string[];
  /** Tables of which the coordinator still has what it copied to the nodes. */
  readonly leftover: readonly string[];
  readonly nodes: readonly (DatabaseNode & { readonly answers: boolean })[];
}

/** Undefined where there is no Citus. No table of data is read. */
export async function examineDistribution(dataSource: DataSource): Promise<DistributionFacts | undefined> {
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
    nodes: nodes.map((node) => ({ ...node, answers: answers.some(({ name }) => name === node.name) })),
  };
}
