import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, PoolConfig } from 'pg';
import { StartRefused } from '../../config/checks/start-refused.js';
import { ensureDatabase, takeOwnership, tryConnect } from './cluster-lock.js';
import { embeddedUser, prepareCluster } from './cluster.js';
import { prepareDataFolder, prepareSocketFolder } from './data-folder.js';
import { embeddedSettings } from './embedded-settings.js';
import { postgresAccount } from './postgres-account.js';
import { postgresBinaries } from './postgres-binaries.js';
import { type Cluster, ensurePostgres, lastWords, type RunningPostgres, stopPostgres } from './postgres-process.js';
import { isPostmasterOf } from './postmaster-pid.js';

export interface EmbeddedPostgresOptions {
  readonly dataDir: string;
  readonly log: (line: string) => void;
  /** PostgreSQL settings on top of ours. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** The one database of the embedded PostgreSQL. */
export const embeddedDatabase = 'lanyard';
const startPatience = 300_000;

/** Starts a PostgreSQL of our own on `dataDir`, or takes over one that a killed server left running there. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir);
  const folder = join(dataDir, 'postgres');
  const account = await postgresAccount(folder);
  await prepareDataFolder(dataDir, account);
  const binaries = await postgresBinaries(dataDir, account);
  await prepareCluster(folder, binaries, account);
  const socketFolder = await prepareSocketFolder(dataDir, account);
  const settings = { ...embeddedSettings, ...options.settings };
  const cluster = { folder, socketFolder, logFile: join(dataDir, 'postgres.log'), binaries, account, settings };
  const postgres = new EmbeddedPostgres(cluster, dataDir, options.log);
  await postgres.start();
  return postgres;
}

/** A PostgreSQL that belongs to this process: it is started again when it dies, and stops with us. */
export class EmbeddedPostgres {
  private running: RunningPostgres | undefined;
  private owner: Client | undefined;
  private stopping = false;
  private holdsProcess = true;
  private recovering: Promise<void> | undefined;
  /** The last resort when the process exits without `stop`. */
  private readonly onExit = (): void => {
    if (this.owner === undefined || this.running === undefined) return;
    try {
      process.kill(this.running.pid, 'SIGINT');
    } catch {
      // It is gone already.
    }
  };

  constructor(
    private readonly cluster: Cluster,
    private readonly dataDir: string,
    private readonly log: (line: string) => void,
  ) {}

  /** Connection settings: the private socket, so no password. */
  get connection(): PoolConfig {
    const host = this.running?.socketFolder ?? this.cluster.socketFolder;
    return { host, port: 5432, user: embeddedUser, database: embeddedDatabase };
  }

  async start(): Promise<void> {
    await this.own();
    process.once('exit', this.onExit);
  }

  /** Lets the process end although this is running; whoever calls it stops this before then. */
  unref(): void {
    this.holdsProcess = false;
    release(this.owner);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    process.off('exit', this.onExit);
    await this.recovering;
    const { owner, running } = this;
    this.owner = undefined;
    // Without the lock it belongs to another server.
    if (owner === undefined || running === undefined) return;
    await stopPostgres(running.pid, this.cluster.folder);
    await owner.end().catch(() => undefined);
  }

  private async own(): Promise<void> {
    const { client, running } = await this.reach();
    try {
      await takeOwnership(client, this.dataDir);
      await ensureDatabase(client, embeddedDatabase);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    this.running = running;
    this.owner = client;
    if (!this.holdsProcess) release(client);
    client.once('end', () => {
      if (!this.stopping) this.recovering = this.recover();
    });
  }

  /** Starts PostgreSQL if need be and waits until it accepts connections. */
  private async reach(): Promise<{ readonly client: Client; readonly running: RunningPostgres }> {
    const end = Date.now() + startPatience;
    // Remains of a killed process may need a moment to go.
    for (let pause = 100; pause < 5000 && Date.now() < end; pause *= 2) {
      const running = await ensurePostgres(this.cluster);
      do {
        const client = await tryConnect(running);
        if (client !== undefined) return { client, running };
        await sleep(15);
      } while ((await isPostmasterOf(running.pid, this.cluster.folder)) && Date.now() < end);
      await sleep(pause);
    }
    throw new StartRefused(
      `The embedded PostgreSQL did not start: ${await lastWords(this.cluster.logFile)} (log: ${this.cluster.logFile})`,
    );
  }

  /** The owner's connection closed: PostgreSQL died, or restarted its processes. */
  private async recover(): Promise<void> {
    this.owner = undefined;
    for (let pause = 100; !this.stopping; pause = Math.min(pause * 2, 10_000)) {
      this.log('The embedded PostgreSQL stopped; starting it again.');
      await sleep(pause);
      try {
        if (!this.stopping) await this.own();
        break;
      } catch (error) {
        this.log((error as Error).message);
      }
    }
  }
}

/** The types of pg do not have `unref`. */
const release = (client: Client | undefined): void => (client as { unref?: () => void } | undefined)?.unref?.();
