import { migrations } from '../../src/app/start/schema.js';
import { createDataSource } from '../../src/database/data-source.js';
import { distribute } from '../../src/database/distribution/distribute.js';
import { migratedTemplate } from '../../src/testing/migrated-template.js';
import type { TestDatabase } from '../../src/testing/postgres.js';
import { createCitusDatabase } from './citus-cluster.js';

/** A migrated database on the nodes, whose tables are distributed over `workers` of them. */
export async function createDistributedDatabase(ports: readonly number[], workers?: number): Promise<TestDatabase> {
  const made = await createCitusDatabase(ports, workers);
  await migratedTemplate(made.connection);
  const dataSource = await createDataSource(made.connection, migrations, []).initialize();
  await distribute(dataSource, () => undefined);
  await dataSource.destroy();
  return made;
}
