import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PoolConfig } from 'pg';
import { vi } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { rowsOf, urlOf } from './connection.js';
import { migratedTemplate } from '../../src/testing/migrated-template.js';
import type { FreshDatabase } from './postgres.js';

const settings = { fsync: 'off', full_page_writes: 'off', wal_keep_size: '256MB' };

/** A migrated primary and a standby that streams from it, both of the PostgreSQL that npm brings: a copy at rest needs no program of its own. */
export class DatabasePair {
  private constructor(
    private readonly folder: string,
    private primary: EmbeddedPostgres,
    private following: EmbeddedPostgres,
  ) {}

  static async start(): Promise<DatabasePair> {
    const folder = await mkdtemp(join(tmpdir(), 'lanyard-pair-'));
    await chmod(folder, 0o711);
    const first = await start(join(folder, 'primary'));
    await migratedTemplate(first.connection);
    await first.stop();
    await mkdir(join(folder, 'standby'));
    execFileSync('cp', ['-a', join(folder, 'primary/postgres'), join(folder, 'standby/postgres')]);
    await writeFile(join(folder, 'standby/postgres/standby.signal'), '');
    const primary = await start(join(folder, 'primary'));
    return new DatabasePair(folder, primary, await startStandby(join(folder, 'standby'), primary.connection));
  }

  /** Database for a server under test; the pair is stopped by its creator. */
  get database(): FreshDatabase {
    return { connection: this.primary.connection, url: urlOf(this.primary.connection), drop: async () => undefined };
  }

  get standbyUrl(): string {
    return urlOf(this.following.connection);
  }

  onPrimary<T extends object>(statement: string): Promise<readonly T[]> {
    return rowsOf<T>(this.primary.connection, statement);
  }

  onStandby<T extends object>(statement: string): Promise<readonly T[]> {
    return rowsOf<T>(this.following.connection, statement);
  }

  /** The standby receives what is written and does not show it. */
  async pauseReplay(): Promise<void> {
    await this.onStandby('SELECT pg_wal_replay_pause()');
    await vi.waitFor(
      async () => {
        const [row] = await this.onStandby<{ state: string }>('SELECT pg_get_wal_replay_pause_state() AS state');
        if (row?.state !== 'paused') throw new Error('It replays still.');
      },
      { timeout: 20_000 },
    );
  }

  async resumeReplay(): Promise<void> {
    await this.onStandby('SELECT pg_wal_replay_resume()');
  }

  stopStandby(): Promise<void> {
    return this.following.stop();
  }

  async startStandby(): Promise<void> {
    this.following = await startStandby(join(this.folder, 'standby'), this.primary.connection);
  }

  /** The standby becomes the primary, and the primary its standby. */
  async switchOver(): Promise<void> {
    await this.primary.stop();
    await this.onStandby('SELECT pg_promote()');
    await writeFile(join(this.folder, 'primary/postgres/standby.signal'), '');
    const former = await startStandby(join(this.folder, 'primary'), this.following.connection);
    [this.primary, this.following] = [this.following, former];
  }

  async stop(): Promise<void> {
    await this.following.stop();
    await this.primary.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

const start = (dataDir: string, more: Readonly<Record<string, string>> = {}): Promise<EmbeddedPostgres> =>
  startEmbeddedPostgres({ dataDir, log: () => undefined, settings: { ...settings, ...more } });

function startStandby(dataDir: string, { host, port, user }: PoolConfig): Promise<EmbeddedPostgres> {
  return start(dataDir, { primary_conninfo: `host=${host} port=${port} user=${user}` });
}
