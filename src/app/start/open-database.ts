import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import type { Setup } from '../extensions/read-setup.js';
import { isWorker } from '../workers/worker.js';
import { entities, migrationsWith } from './schema.js';
import { wearBelt } from '../../database/belt/wear-belt.js';
import { createDataSource } from '../../database/data-source.js';
import { databaseConnection } from '../../database/database-connection.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../database/embedded/embedded-postgres.js';
import { runningCluster } from '../../database/embedded/running-cluster.js';
import { bringSchema } from '../../database/migrations/bring-schema.js';
import { followHolders } from './follow-holders.js';
import type { Holders } from '../../database/distribution/holders.js';
import { FreshStatistics } from '../../database/fresh-statistics.js';
import { connectDatabase } from '../../database/open-database.js';

/** The database of a server that runs. */
export interface OpenDatabase {
  readonly dataSource: DataSource;
  /** Also stops the embedded PostgreSQL, if there is one. */
  close(): Promise<void>;
}

/** Connects to the database of the settings, or starts the embedded one, and brings its schema up to date. Throws `StartRefused`. */
export async function openDatabase(
  { config, extensions }: Setup,
  print: (line: string) => void,
): Promise<OpenDatabase> {
  const { databaseUrl, dataDir } = config;
  let dataSource: DataSource | undefined;
  let postgres: EmbeddedPostgres | undefined;
  let statistics: FreshStatistics | undefined;
  let holders: Holders | undefined;
  const close = async (): Promise<void> => {
    await statistics?.stop();
    if (holders) await within(closingPatience, holders.close());
    if (dataSource?.isInitialized) await within(closingPatience, dataSource.destroy());
    await postgres?.stop();
  };
  try {
    // The first process has started the embedded one for its workers.
    const running =
      isWorker() && databaseUrl === undefined ? await runningCluster(join(dataDir, 'postgres')) : undefined;
    if (databaseUrl === undefined && !running) postgres = await startEmbeddedPostgres({ dataDir, log: print });
    const connection = databaseConnection(config) ?? running ?? postgres?.connection ?? {};
    const { databasePool: poolSize, traces: traced } = config.process;
    dataSource = createDataSource(connection, migrationsWith(extensions), entities, { poolSize, traced });
    await connectDatabase(dataSource, connection);
    await bringSchema(dataSource, config.schema, print);
    await wearBelt(dataSource);
    holders = await followHolders(config, dataSource);
    statistics = new FreshStatistics(dataSource);
    statistics.start();
    return { dataSource, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Milliseconds that requests in flight get to finish, and each part of the server to close. */
export const closingPatience = 15_000;

/** Stopping goes on even when a part of it hangs or fails. */
export async function within(patience: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise((resolve) => {
    timer = setTimeout(resolve, patience);
  });
  await Promise.race([work.catch(() => undefined), timeout]);
  clearTimeout(timer);
}
