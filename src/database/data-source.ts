import { Pool, type PoolConfig } from 'pg';
import { type ColumnType, DataSource, type EntitySchema, type MigrationInterface } from 'typeorm';
import { connectionTo } from './database-hosts.js';
import { SteadyClient, TracedClient } from './steady-client.js';

const connectTimeoutMS = 5000;

/** Column types of our migrations: TypeORM refuses entities with types that it does not know. */
const ownTypes = ['index_range' as ColumnType];

interface PoolOptions {
  readonly poolSize?: number;
  /** True if statements become spans. */
  readonly traced?: boolean;
}

/** The pool, entities and migrations of one database; `connection` is a `postgres:` URL or what the embedded PostgreSQL gives. */
export function createDataSource(
  connection: string | PoolConfig,
  migrations: readonly (new () => MigrationInterface)[],
  entities: readonly ((new () => object) | EntitySchema)[],
  { poolSize = 10, traced = false }: PoolOptions = {},
): DataSource {
  const target = typeof connection === 'string' ? connectionTo(connection) : connection;
  const dataSource = new DataSource({
    type: 'postgres',
    applicationName: 'lanyard',
    poolSize,
    connectTimeoutMS,
    // Idle connections that die are replaced by the pool; /health/ready tells whether that works.
    poolErrorHandler: () => undefined,
    extra: { Client: traced ? TracedClient : SteadyClient, ...target } satisfies PoolConfig,
    entities: [...entities],
    migrations: [...migrations],
    migrationsTableName: 'migration',
    installExtensions: false,
    synchronize: false,
    logging: false,
  });
  dataSource.driver.supportedDataTypes.push(...ownTypes);
  return dataSource;
}

/** A data source that is never opened, for an application whose parts are looked at and do nothing: its pool has no connection. */
export function unopenedDataSource(): DataSource {
  const dataSource = createDataSource({}, [], []);
  Object.assign(dataSource.driver, { master: new Pool({ max: 1 }) });
  return dataSource;
}
