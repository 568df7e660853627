import type { TestProject } from 'vitest/node';
import { migrations } from '../../src/app/schema.js';
import { createDataSource } from '../../src/database/data-source.js';
import { distribute } from '../../src/database/distribution/distribute.js';
import { migratedTemplate } from '../../src/testing/migrated-template.js';
import { CitusCluster, createCitusDatabase } from '../support/citus-cluster.js';
import { hasCitus } from '../support/has-citus.js';

let cluster: CitusCluster | undefined;

/** One Citus for the whole run, with a migrated and distributed database that each test file gets a copy of. */
export async function setup(project: TestProject): Promise<void> {
  if (!hasCitus) return;
  cluster = await CitusCluster.start();
  const { ports } = cluster;
  const { connection } = await createCitusDatabase(ports);
  const template = await migratedTemplate(connection);
  const dataSource = await createDataSource(connection, migrations, []).initialize();
  await distribute(dataSource, () => undefined);
  await dataSource.destroy();
  await cluster.closeDatabase(template);
  project.provide('postgres', { host: '127.0.0.1', user: 'lanyard', template, nodes: ports });
}

export function teardown(): void {
  cluster?.stop();
}
