import type { PoolConfig } from 'pg';
import type { DataSource } from 'typeorm';
import { connectionReasons } from './connection-reasons.js';
import { parseDatabaseUrl } from '../config/database-url.js';
import { StartRefused } from '../config/checks/start-refused.js';

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
  const place = databasePlace(connection);
  return place === undefined ? 'the database' : `the database "${place.name}" at ${place.host}`;
}

/** Host and database of a connection; undefined for a URL that cannot be read. */
export function databasePlace(
  connection: string | PoolConfig,
): { readonly name: string; readonly host: string } | undefined {
  if (typeof connection !== 'string') return { name: connection.database ?? '', host: connection.host ?? '' };
  const url = parseDatabaseUrl(connection);
  return url && { name: decodeURIComponent(url.pathname.slice(1)), host: addressOf(connection) };
}

/** Host, and port if it is named, of a URL. */
export function addressOf(databaseUrl: string): string {
  const { host = '', searchParams } = parseDatabaseUrl(databaseUrl) ?? {};
  return searchParams?.get('host') ?? (host || 'localhost');
}

/** Returns why it cannot be reached, in words. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  const reasons: Readonly<Record<string, string>> = connectionReasons;
  return reasons[code ?? ''] ?? (message || 'unknown reason').replace(/\.$/, '');
}
