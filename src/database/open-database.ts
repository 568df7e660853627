import type { PoolConfig } from 'pg';
import type { DataSource } from 'typeorm';
import { parseDatabaseUrl } from '../config/database-url.js';
import { StartRefused } from '../config/start-refused.js';

const oldestVersion = 140_000;

/** Connects and checks the version. What goes wrong is one line that names the database, without its password. */
export async function connectDatabase(
  dataSource: DataSource,
  connection: string | PoolConfig,
  setting: 'DATABASE_URL' | 'DATABASE_DIRECT_URL' | 'MIGRATION_DATABASE_URL' = 'DATABASE_URL',
): Promise<void> {
  try {
    await dataSource.initialize();
  } catch (error) {
    throw new StartRefused(`${setting}: cannot reach ${describeDatabase(connection)}: ${reasonOf(error)}.`);
  }
  const [row] = await dataSource.query<{ version: number; text: string }[]>(
    `select current_setting('server_version_num')::int as version, current_setting('server_version') as text`,
  );
  if (row === undefined || row.version < oldestVersion) {
    await dataSource.destroy();
    throw new StartRefused(
      `${setting}: ${describeDatabase(connection)} is PostgreSQL ${row?.text}; Lanyard needs 14 or newer.`,
    );
  }
}

/** Host and database of a connection, never its password. */
export function describeDatabase(connection: string | PoolConfig): string {
  if (typeof connection !== 'string') return `the database "${connection.database}" at ${connection.host}`;
  const url = parseDatabaseUrl(connection);
  if (url === undefined) return 'the database';
  return `the database "${decodeURIComponent(url.pathname.slice(1))}" at ${addressOf(connection)}`;
}

/** Host, and port if it is named, of a URL. */
export function addressOf(databaseUrl: string): string {
  const { host = '', searchParams } = parseDatabaseUrl(databaseUrl) ?? {};
  return searchParams?.get('host') ?? (host || 'localhost');
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host cannot be resolved now',
  ENOENT: 'there is no such socket',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no way to that host',
  '28P01': 'wrong user or password',
  '28000': 'this user may not connect',
  '3D000': 'there is no such database',
  '53300': 'it has no free connection',
  '57P03': 'it is starting up or shutting down',
};

/** Returns why it cannot be reached, in words. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return reasons[code ?? ''] ?? (message || 'unknown reason').replace(/\.$/, '');
}
