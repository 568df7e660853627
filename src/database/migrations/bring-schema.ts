import { setTimeout as delay } from 'node:timers/promises';
import type { PoolConfig } from 'pg';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../data-source.js';
import { distribute } from '../distribution/distribute.js';
import { migrate } from './migrate.js';
import { connectDatabase } from '../open-database.js';
import { readSchemaState } from './pending-migrations.js';
import { StartRefused } from '../../config/start-refused.js';

export interface SchemaRules {
  readonly migrations: 'auto' | 'manual';
  /** Past a pooler (`DATABASE_DIRECT_URL`). */
  readonly directUrl: string | undefined;
}

const lookEveryMs = 2000;

/** Migrates, if the server may; else waits until somebody has, and says so once. The server serves nobody meanwhile. */
export async function bringSchema(
  dataSource: DataSource,
  rules: SchemaRules,
  tell: (line: string) => void,
): Promise<void> {
  if (rules.migrations === 'auto') return void (await migrateDirectly(dataSource, rules.directUrl));
  let isAnnounced = false;
  for (;;) {
    const { pending } = await readSchemaState(dataSource);
    if (pending.length === 0) return;
    if (!isAnnounced) tell(`${behind(pending.length)} Waiting for that, because of MIGRATIONS=manual.`);
    isAnnounced = true;
    await delay(lookEveryMs);
  }
}

/** As {@link bringSchema}, for a command, which does not wait. */
export async function requireSchema(dataSource: DataSource, rules: SchemaRules): Promise<void> {
  if (rules.migrations === 'auto') return void (await migrateDirectly(dataSource, rules.directUrl));
  const { pending } = await readSchemaState(dataSource);
  if (pending.length > 0) throw new StartRefused(behind(pending.length));
}

const behind = (count: number): string =>
  `The schema of the database is ${count} migration${count === 1 ? '' : 's'} behind this release: run "lanyard migrate".`;

/** Migrates over a connection of its own where one is named, with the migrations of `dataSource`. */
export async function migrateDirectly(
  dataSource: DataSource,
  directUrl: string | undefined,
  tell?: (line: string) => void,
): Promise<readonly string[]> {
  if (directUrl === undefined) return migrate(dataSource, tell);
  return withDirect(directUrl, dataSource, (direct) => migrate(direct, tell));
}

/** Distributes, over the connection that migrations take. */
export async function distributeDirectly(
  dataSource: DataSource,
  directUrl: string | undefined,
  tell: (line: string) => void,
): Promise<readonly string[]> {
  if (directUrl === undefined) return distribute(dataSource, tell);
  return withDirect(directUrl, dataSource, (direct) => distribute(direct, tell));
}

async function withDirect<T>(
  url: string | PoolConfig,
  { options }: DataSource,
  work: (direct: DataSource) => Promise<T>,
): Promise<T> {
  const direct = createDataSource(url, (options.migrations ?? []) as never, []);
  await connectDatabase(direct, url, 'DATABASE_DIRECT_URL');
  try {
    return await work(direct);
  } finally {
    await direct.destroy();
  }
}
