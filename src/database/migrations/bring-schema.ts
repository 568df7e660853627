import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../data-source.js';
import { distribute } from '../distribution/distribute.js';
import { migrate } from './migrate.js';
import { connectDatabase } from '../open-database.js';
import { readSchemaState } from './pending-migrations.js';
import { StartRefused } from '../../config/checks/start-refused.js';

export interface SchemaRules {
  readonly migrations: 'auto' | 'manual';
  /** Past a pooler (`DATABASE_DIRECT_URL`). */
  readonly directUrl: string | undefined;
  /** Owner of the tables (`MIGRATION_DATABASE_URL`), and the role of the server, which gets views of them; no views where it is undefined. */
  readonly owner?: { readonly url: string; readonly server: string | undefined } | undefined;
}

type Way = Pick<SchemaRules, 'directUrl' | 'owner'>;

const lookEveryMs = 2000;

/** Migrates, if the server may; else waits until somebody has, and says so once. The server serves nobody meanwhile. */
export async function bringSchema(
  dataSource: DataSource,
  rules: SchemaRules,
  tell: (line: string) => void,
): Promise<void> {
  if (rules.migrations === 'auto') return void (await migrateDirectly(dataSource, rules));
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
  if (rules.migrations === 'auto') return void (await migrateDirectly(dataSource, rules));
  const { pending } = await readSchemaState(dataSource);
  if (pending.length > 0) throw new StartRefused(behind(pending.length));
}

const behind = (count: number): string =>
  `The schema of the database is ${count} migration${count === 1 ? '' : 's'} behind this release: run "lanyard migrate".`;

/** Migrates over a connection of its own where one is named, with the migrations of `dataSource`. */
export async function migrateDirectly(
  dataSource: DataSource,
  way: Way,
  tell?: (line: string) => void,
): Promise<readonly string[]> {
  return withDirect(way, dataSource, (direct) => migrate(direct, tell, way.owner?.server));
}

/** Distributes, over the connection that migrations take. */
export async function distributeDirectly(
  dataSource: DataSource,
  way: Way,
  tell: (line: string) => void,
): Promise<readonly string[]> {
  return withDirect(way, dataSource, async (direct) => {
    const placed = await distribute(direct, tell, way.owner?.server);
    if (way.owner) await migrate(direct, tell, way.owner.server);
    return placed;
  });
}

async function withDirect<T>(
  { directUrl, owner }: Way,
  dataSource: DataSource,
  work: (direct: DataSource) => Promise<T>,
): Promise<T> {
  const url = owner?.url ?? directUrl;
  if (url === undefined) return work(dataSource);
  const direct = createDataSource(url, (dataSource.options.migrations ?? []) as never, []);
  await connectDatabase(direct, url, owner ? 'MIGRATION_DATABASE_URL' : 'DATABASE_DIRECT_URL');
  try {
    return await work(direct);
  } finally {
    await direct.destroy();
  }
}
