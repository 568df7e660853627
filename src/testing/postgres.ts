import { existsSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type PoolConfig } from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../database/embedded/embedded-postgres.js';
import { stopPostgres } from '../database/embedded/postgres-process.js';
import { isPostmasterOf, isRunning, readPostmaster } from '../database/embedded/postmaster-pid.js';
import { migratedTemplate } from './migrated-template.js';

/** One database of a test; whoever made it drops it. */
export interface TestDatabase {
  /** Connection settings of `pg`. */
  readonly connection: PoolConfig;
  /** As a `postgres:` URL, for processes that take a DATABASE_URL. */
  readonly url: string;
  /** Drops the database, connections included. */
  readonly drop: () => Promise<void>;
}

/** A PostgreSQL with a database that others are copies of. */
export interface TestPostgres {
  /** A connection that may create databases. */
  readonly connection: PoolConfig;
  /** Name of a database with the whole schema. */
  readonly template: string;
}

const prefix = 'lanyard-test-';
const settings = { fsync: 'off', full_page_writes: 'off', max_connections: '100' };

/** A new database: a copy of `template`, which takes a tenth of a second, or of PostgreSQL's empty one. */
export async function copyDatabase(
  { connection: given, template }: TestPostgres,
  content: 'migrated' | 'empty' = 'migrated',
): Promise<TestDatabase> {
  const database = newName();
  const source = content === 'migrated' ? template : 'template1';
  await administer(given, async (client) =>
    client.query(`create database ${database} template ${source}${await strategyOf(client)}`),
  );
  const connection = { ...given, database };
  const drop = () => administer(given, (client) => client.query(`drop database if exists ${database} with (force)`));
  return { connection, url: urlOf(connection), drop };
}

/** Copied as files a database takes half of the CPU that a log of its pages takes; where files have to reach the disk, it waits for each. */
async function strategyOf(client: Client): Promise<string> {
  // Before 15 there is no other.
  const { rowCount } = await client.query(
    `select where current_setting('fsync') = 'off' and current_setting('server_version_num')::integer >= 150000`,
  );
  return rowCount === 1 ? ' strategy file_copy' : '';
}

let shared: Promise<TestPostgres> | undefined;

/**
 * The PostgreSQL of this process: that of `DATABASE_URL`, whose user has to be allowed to create databases, or an embedded
 * one in a temporary folder. It stops with the process.
 */
export const sharedPostgres = (): Promise<TestPostgres> => (shared ??= openPostgres(process.env['DATABASE_URL']));

async function openPostgres(url: string | undefined): Promise<TestPostgres> {
  if (url !== undefined && url !== '') return givenPostgres(parseIntoClientConfig(url));
  const { postgres, template, stop } = await temporaryPostgres();
  // The servers of the tests keep the process alive, not what is under them.
  postgres.unref();
  process.once('beforeExit', () => void stop());
  return { connection: postgres.connection, template };
}

async function givenPostgres(connection: PoolConfig): Promise<TestPostgres> {
  const template = newName();
  await administer(connection, (client) => client.query(`create database ${template}`));
  await migratedTemplate({ ...connection, database: template });
  process.once(
    'beforeExit',
    () => void administer(connection, (client) => client.query(`drop database if exists ${template}`)),
  );
  return { connection, template };
}

/** An embedded PostgreSQL with a template, in a folder that is removed with it; those of killed processes are removed first. */
export async function temporaryPostgres(): Promise<{
  readonly postgres: EmbeddedPostgres;
  readonly template: string;
  readonly stop: () => Promise<void>;
}> {
  await removeLeftovers();
  const folder = await mkdtemp(join(tmpdir(), prefix));
  await chmod(folder, 0o711);
  await writeFile(join(folder, 'runner.pid'), String(process.pid));
  const postgres = await startEmbeddedPostgres({ dataDir: folder, log: () => undefined, settings });
  return {
    postgres,
    template: await migratedTemplate(postgres.connection),
    stop: async () => {
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function removeLeftovers(): Promise<void> {
  const folders = (await readdir(tmpdir()))
    .filter((name) => name.startsWith(prefix))
    .map((name) => join(tmpdir(), name));
  for (const leftover of folders) {
    const owner = Number(await readFile(join(leftover, 'runner.pid'), 'utf8').catch(() => ''));
    if (owner === 0 || isRunning(owner)) continue;
    const cluster = join(leftover, 'postgres');
    const postmaster = existsSync(cluster) ? await readPostmaster(cluster) : undefined;
    if (postmaster !== undefined && (await isPostmasterOf(postmaster.pid, cluster)))
      await stopPostgres(postmaster.pid, cluster);
    await rm(leftover, { recursive: true, force: true });
  }
}

const newName = (): string => `test_${randomUUID().replaceAll('-', '')}`;

async function administer(connection: PoolConfig, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ ...connection, database: 'postgres' });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** As a URL; a folder of sockets as the parameter `host`. */
export function urlOf({ host = '', port = 5432, user = '', password, database = '' }: PoolConfig): string {
  const secret = typeof password === 'string' && password !== '' ? `:${encodeURIComponent(password)}` : '';
  const account = `${encodeURIComponent(user)}${secret}`;
  return host.startsWith('/')
    ? `postgres://${account}@/${database}?host=${encodeURIComponent(host)}`
    : `postgres://${account}@${host}:${port}/${database}`;
}
