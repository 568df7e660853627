import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PoolConfig } from 'pg';
import { startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { readPostmaster } from '../../src/database/embedded/postmaster-pid.js';
import { rowsOf, urlOf } from '../support/connection.js';
import { migratedTemplate } from '../../src/testing/migrated-template.js';

/** A PostgreSQL for one test file to harm, migrated, durable as in production. */
export class OwnPostgres {
  private constructor(
    private readonly folder: string,
    private readonly running: Awaited<ReturnType<typeof startEmbeddedPostgres>>,
  ) {}

  static async start(settings: Readonly<Record<string, string>> = {}): Promise<OwnPostgres> {
    const folder = await mkdtemp(join(tmpdir(), 'lanyard-chaos-'));
    await chmod(folder, 0o711);
    const running = await startEmbeddedPostgres({ dataDir: folder, log: () => undefined, settings });
    await migratedTemplate(running.connection);
    return new OwnPostgres(folder, running);
  }

  get connection(): PoolConfig {
    return this.running.connection;
  }

  get url(): string {
    return urlOf(this.connection);
  }

  /** `kill -9`; it is started again at once. */
  async kill(): Promise<void> {
    const postmaster = await readPostmaster(join(this.folder, 'postgres'));
    if (postmaster === undefined) throw new Error('PostgreSQL does not run.');
    process.kill(postmaster.pid, 'SIGKILL');
  }

  sql<T extends object>(statement: string, connection: PoolConfig = this.connection): Promise<readonly T[]> {
    return rowsOf<T>(connection, statement);
  }

  async stop(): Promise<void> {
    await this.running.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
