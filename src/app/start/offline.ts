import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { PoolConfig } from 'pg';
import type { DataSource } from 'typeorm';
import { createExtended } from '../extensions/create-extended.js';
import type { Setup } from '../extensions/read-setup.js';
import { entities, migrationsWith } from './schema.js';
import { createApp } from '../setup.js';
import { forTenant } from '../tenants/for-tenant.js';
import type { AppConfig } from '../../config/app-config.js';
import { wearBelt } from '../../database/belt/wear-belt.js';
import { requireSchema } from '../../database/migrations/bring-schema.js';
import { createDataSource } from '../../database/data-source.js';
import { databaseConnection } from '../../database/database-connection.js';
import { startEmbeddedPostgres } from '../../database/embedded/embedded-postgres.js';
import { connectDatabase } from '../../database/open-database.js';
import { runningCluster } from '../../database/embedded/running-cluster.js';

type Print = (line: string) => void;

/** The application on the database of the server, beside a running one or alone, without HTTP; closed after the work. */
export async function withApp<T>(
  setup: Setup,
  log: Print,
  work: (app: NestFastifyApplication, config: AppConfig) => Promise<T>,
): Promise<T> {
  const { extensions } = setup;
  return withDatabase(setup, log, async (dataSource) => {
    await requireSchema(dataSource, setup.config.schema);
    await wearBelt(dataSource);
    return forTenant(setup, dataSource, async (config) => {
      const app = await createExtended(extensions, () => createApp(config, dataSource, extensions));
      try {
        return await work(app, config);
      } finally {
        await app.close();
      }
    });
  });
}

/** The database alone, whatever its schema; closed after the work. */
export async function withDatabase<T>(
  { config, extensions }: Setup,
  log: Print,
  work: (dataSource: DataSource) => Promise<T>,
  configured = databaseConnection(config),
): Promise<T> {
  const database = await reachDatabase(config, log, configured);
  const dataSource = createDataSource(database.connection, migrationsWith(extensions), entities);
  try {
    await connectDatabase(dataSource, database.connection);
    return await work(dataSource);
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
    await database.stop();
  }
}

interface ReachedDatabase {
  readonly connection: string | PoolConfig;
  stop(): Promise<void>;
}

async function reachDatabase(
  { dataDir }: AppConfig,
  log: Print,
  configured: string | PoolConfig | undefined,
): Promise<ReachedDatabase> {
  if (configured !== undefined) return { connection: configured, stop: leaveRunning };
  const running = await runningCluster(join(dataDir, 'postgres'));
  if (running !== undefined) return { connection: running, stop: leaveRunning };
  const postgres = await startEmbeddedPostgres({ dataDir, log });
  return { connection: postgres.connection, stop: () => postgres.stop() };
}

async function leaveRunning(): Promise<void> {}
