import { Client, type ClientConfig, type PoolConfig } from 'pg';
import { DataSource, type EntitySchema, type MigrationInterface } from 'typeorm';

const connectTimeoutMS = 5000;

/** A connection whose loss is an answer to whoever uses it, never an unhandled `error` event that ends the process. */
class SteadyClient extends Client {
  constructor(config?: ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}

/** The pool, entities and migrations of one database; `connection` is a `postgres:` URL or what the embedded PostgreSQL gives. */
export function createDataSource(
  connection: string | PoolConfig,
  migrations: readonly (new () => MigrationInterface)[],
  entities: readonly ((new () => object) | EntitySchema)[],
  poolSize = 10,
): DataSource {
  const target = typeof connection === 'string' ? { connectionString: connection } : connection;
  return new DataSource({
    type: 'postgres',
    applicationName: 'lanyard',
    poolSize,
    connectTimeoutMS,
    // Idle connections that die are replaced by the pool; /health/ready tells whether that works.
    poolErrorHandler: () => undefined,
    extra: { Client: SteadyClient, ...target } satisfies PoolConfig,
    entities: [...entities],
    migrations: [...migrations],
    migrationsTableName: 'migration',
    installExtensions: false,
    synchronize: false,
    logging: false,
  });
}
