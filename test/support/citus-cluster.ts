import { randomUUID } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  chmodSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type PoolConfig } from 'pg';
import { type TestDatabase, urlOf } from '../../src/testing/postgres.js';
import { vi } from 'vitest';
import { isRunning, readPostmaster } from '../../src/database/embedded/postmaster-pid.js';
import { databaseAccount } from '../cluster/programs.js';
import { freePort } from './free-port.js';

const prefix = 'lanyard-citus-';
const programs = '/usr/lib/postgresql/17/bin';

/** Few shards, so that thirty tables with partitions are distributed in seconds. */
const shardCount = 4;

const settings = [
  `listen_addresses = '127.0.0.1'`,
  `unix_socket_directories = ''`,
  `shared_preload_libraries = 'citus'`,
  // Shards are moved by logical replication, and transactions over several nodes are prepared.
  'wal_level = logical',
  'max_prepared_transactions = 100',
  'max_connections = 200',
  'max_locks_per_transaction = 256',
  'shared_buffers = 64MB',
  'random_page_cost = 1.1',
  'jit = off',
  'fsync = off',
  'full_page_writes = off',
  `timezone = 'UTC'`,
  `citus.shard_count = ${shardCount}`,
  'citus.enable_statistics_collection = off',
];

/** A node of a {@link CitusCluster}. */
export interface CitusNode {
  readonly folder: string;
  readonly port: number;
}

/** A coordinator and two workers on loopback, each with a folder and a port of its own. */
export class CitusCluster {
  private constructor(
    private readonly folder: string,
    readonly nodes: readonly [coordinator: CitusNode, ...workers: CitusNode[]],
  ) {}

  static async start(): Promise<CitusCluster> {
    removeLeftovers();
    const folder = mkdtempSync(join(tmpdir(), prefix));
    chmodSync(folder, 0o755);
    writeFileSync(join(folder, 'runner.pid'), String(process.pid));
    const ports = [await freePort(), await freePort(), await freePort()];
    const [coordinator, ...workers] = names.map((name, i) => ({
      folder: join(folder, name),
      port: ports[i]!,
    }));
    const cluster = new CitusCluster(folder, [coordinator!, ...workers]);
    for (const node of cluster.nodes) makeNode(node);
    for (const node of cluster.nodes) cluster.startNode(node);
    return cluster;
  }

  get ports(): readonly number[] {
    return this.nodes.map(({ port }) => port);
  }

  /** Keeps the programs of Citus from connecting, since a database with connections cannot be copied. */
  async closeDatabase(database: string): Promise<void> {
    await this.onEach('postgres', `ALTER DATABASE ${database} ALLOW_CONNECTIONS false`);
    await this.onEach(
      'postgres',
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}'`,
    );
  }

  /** Runs a statement in a database of each node. */
  async onEach(database: string, statement: string): Promise<void> {
    await Promise.all(this.nodes.map((node) => onNode(node, database, statement)));
  }

  startNode({ folder, port }: CitusNode): void {
    run('pg_ctl', '-D', folder, '-l', `${folder}.log`, '-w', '-o', `-p ${port}`, 'start');
  }

  stopNode({ folder }: CitusNode, mode: 'fast' | 'immediate' = 'fast'): void {
    run('pg_ctl', '-D', folder, '-w', '-m', mode, 'stop');
  }

  /** `kill -9` of its postmaster. */
  async killNode({ folder }: CitusNode): Promise<void> {
    const postmaster = await readPostmaster(folder);
    if (postmaster === undefined) throw new Error(`${folder} does not run.`);
    process.kill(postmaster.pid, 'SIGKILL');
  }

  /** Of a node that was killed: it starts once the processes of before are gone. */
  async reviveNode(node: CitusNode): Promise<void> {
    await vi.waitFor(() => this.startNode(node), { timeout: 60_000, interval: 500 });
  }

  stop(): void {
    removeCluster(this.folder);
  }
}

const names = ['coordinator', 'worker-1', 'worker-2'];

function removeCluster(folder: string): void {
  for (const node of names.map((name) => join(folder, name)))
    if (existsSync(join(node, 'postmaster.pid'))) run('pg_ctl', '-D', node, '-w', '-m', 'immediate', 'stop');
  rmSync(folder, { recursive: true, force: true });
}

/** Of runs that were killed. */
function removeLeftovers(): void {
  for (const folder of readdirSync(tmpdir())
    .filter((name) => name.startsWith(prefix))
    .map((name) => join(tmpdir(), name))) {
    const owner = existsSync(join(folder, 'runner.pid')) ? Number(readFileSync(join(folder, 'runner.pid'), 'utf8')) : 0;
    if (owner > 0 && !isRunning(owner)) removeCluster(folder);
  }
}

function makeNode({ folder }: CitusNode): void {
  const { uid, gid } = databaseAccount();
  for (const path of [folder, `${folder}.log`]) {
    if (path === folder) mkdirSync(path, { mode: 0o700 });
    else appendFileSync(path, '');
    chownSync(path, uid, gid);
  }
  run('initdb', '-D', folder, '-U', 'lanyard', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync');
  appendFileSync(join(folder, 'postgresql.conf'), `${settings.join('\n')}\n`);
}

function run(name: string, ...args: readonly string[]): void {
  execFileSync(join(programs, name), args, { ...databaseAccount(), cwd: '/', stdio: 'ignore', env: { LC_ALL: 'C' } });
}

/** A database with the extension on each node; the coordinator, which is the first, knows `workers` of the others. Not distributed. */
export async function createCitusDatabase(ports: readonly number[], workers = ports.length - 1): Promise<TestDatabase> {
  const made = await copyOnNodes(ports, 'template1');
  const database = made.connection.database!;
  await Promise.all(ports.map((port) => onNode({ port }, database, 'CREATE EXTENSION citus')));
  const [coordinator = 0, ...others] = ports;
  const known = [
    `SELECT citus_set_coordinator_host('127.0.0.1', ${coordinator})`,
    ...others.slice(0, workers).map((port) => `SELECT citus_add_node('127.0.0.1', ${port})`),
  ];
  for (const statement of known) await onNode({ port: coordinator }, database, statement);
  return made;
}

/** A database of its own for one test file: a copy of `template` on each node, shards and what Citus knows of them included. */
export async function copyOnNodes(ports: readonly number[], template: string): Promise<TestDatabase> {
  const database = `test_${randomUUID().replaceAll('-', '')}`;
  const onAll = (statement: string) => Promise.all(ports.map((port) => onNode({ port }, 'postgres', statement)));
  await onAll(`CREATE DATABASE ${database} TEMPLATE ${template}`);
  const connection = connectionTo({ port: ports[0]! }, database);
  // The maintenance of Citus may come back in between.
  const drop = async () =>
    void (await vi.waitFor(() => onAll(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`), {
      timeout: 20_000,
      interval: 200,
    }));
  return { connection, url: urlOf(connection), drop };
}

/** Over TCP, as the one user there is. */
export const connectionTo = ({ port }: Pick<CitusNode, 'port'>, database: string): PoolConfig => ({
  host: '127.0.0.1',
  port,
  user: 'lanyard',
  database,
});

async function onNode(node: Pick<CitusNode, 'port'>, database: string, statement: string): Promise<void> {
  const client = new Client(connectionTo(node, database));
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
