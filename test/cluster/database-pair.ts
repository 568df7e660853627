import { execFileSync } from 'node:child_process';
import { appendFileSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pg, { type PoolConfig } from 'pg';
import { vi } from 'vitest';
import { freePort } from '../support/free-port.js';
import { databaseAccount, postgresPrograms, Program } from './programs.js';

interface Node {
  readonly folder: string;
  readonly port: number;
  program: Program;
}

/** A primary and a standby that confirms every commit before it is acknowledged. */
export class DatabasePair {
  private constructor(
    private readonly programs: string,
    private readonly primary: Node,
    private readonly standby: Node,
  ) {}

  static async start(folder: string): Promise<DatabasePair> {
    const programs = postgresPrograms()!;
    const account = databaseAccount();
    const primary = join(folder, 'primary');
    const standby = join(folder, 'standby');
    for (const one of [primary, standby]) {
      mkdirSync(one, { mode: 0o700 });
      chownSync(one, account.uid, account.gid);
    }
    const run = (name: string, ...args: readonly string[]) =>
      execFileSync(join(programs, name), args, { ...account, cwd: '/', stdio: 'ignore', env: { LC_ALL: 'C' } });
    run('initdb', '-D', primary, '-U', 'lanyard', '-A', 'trust', '--no-sync');
    const settings = [
      "listen_addresses='127.0.0.1'",
      "unix_socket_directories=''",
      'max_connections=60',
      'wal_keep_size=256MB',
    ];
    appendFileSync(join(primary, 'postgresql.conf'), `${settings.join('\n')}\n`);
    const [primaryPort, standbyPort] = [await freePort(), await freePort()];
    const start = (data: string, port: number, ...more: readonly string[]) =>
      Program.start(join(programs, 'postgres'), ['-D', data, '-p', String(port), ...more], account);
    // On the command line only: the standby must not wait for a standby when it is promoted.
    const confirmed = ['-c', 'synchronous_standby_names=standby'];
    const first = start(primary, primaryPort, ...confirmed);
    await accepts(primaryPort, 'postgres');
    await withClient({ port: primaryPort, database: 'postgres' }, async (client) => {
      // Without a standby nothing could be confirmed yet.
      await client.query('SET synchronous_commit = local');
      await client.query('CREATE DATABASE lanyard');
    });
    const source = `host=127.0.0.1 port=${primaryPort} user=lanyard application_name=standby`;
    run('pg_basebackup', '-D', standby, '-d', source, '-R', '-X', 'stream', '--no-sync', '-c', 'fast');
    const second = start(standby, standbyPort);
    await accepts(standbyPort, 'lanyard');
    await vi.waitFor(() => isConfirming(primaryPort), { timeout: 20_000, interval: 100 });
    return new DatabasePair(
      programs,
      { folder: primary, port: primaryPort, program: first },
      { folder: standby, port: standbyPort, program: second },
    );
  }

  get primaryPort(): number {
    return this.primary.port;
  }

  get standbyPort(): number {
    return this.standby.port;
  }

  /** `kill -9` of the primary. */
  killPrimary(): Promise<void> {
    return this.primary.program.end('SIGKILL');
  }

  /** Makes the standby the primary. */
  promote(): void {
    execFileSync(join(this.programs, 'pg_ctl'), ['promote', '-D', this.standby.folder, '-w'], {
      ...databaseAccount(),
      cwd: '/',
      stdio: 'ignore',
    });
  }

  async stop(): Promise<void> {
    await Promise.all([this.primary.program.end('SIGQUIT'), this.standby.program.end('SIGQUIT')]);
  }
}

/** Over TCP, as the one user there is. */
export const connectionTo = (port: number): PoolConfig => ({
  host: '127.0.0.1',
  port,
  user: 'lanyard',
  database: 'lanyard',
});

async function withClient<T>(connection: PoolConfig, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...connectionTo(0), ...connection });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const accepts = (port: number, database: string): Promise<unknown> =>
  vi.waitFor(() => withClient({ port, database }, (client) => client.query('SELECT 1')), {
    timeout: 30_000,
    interval: 100,
  });

async function isConfirming(port: number): Promise<void> {
  const { rows } = await withClient({ port }, (client) =>
    client.query<{ state: string }>('SELECT sync_state AS state FROM pg_stat_replication'),
  );
  if (rows[0]?.state !== 'sync') throw new Error('The standby does not confirm yet.');
}
