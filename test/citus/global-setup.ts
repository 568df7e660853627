import type { TestProject } from 'vitest/node';
import { CitusCluster } from '../support/citus-cluster.js';
import { createDistributedDatabase } from '../support/distributed-database.js';
import { hasCitus } from '../support/has-citus.js';

let cluster: CitusCluster | undefined;

/** One Citus for the whole run, with a migrated and distributed database that each test file gets a copy of. */
export async function setup(project: TestProject): Promise<void> {
  if (!hasCitus) return;
  cluster = await CitusCluster.start();
  const { ports } = cluster;
  const { connection } = await createDistributedDatabase(ports);
  const template = connection.database!;
  await cluster.closeDatabase(template);
  project.provide('postgres', { host: '127.0.0.1', user: 'lanyard', template, nodes: ports });
}

export function teardown(): void {
  cluster?.stop();
}
