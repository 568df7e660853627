import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const versions = '/usr/lib/postgresql';

/** The newest PostgreSQL of Debian, with its client programs. */
export function postgresPrograms(): string | undefined {
  const found = existsSync(versions) ? readdirSync(versions).map(Number) : [];
  const usable = found.filter((version) => existsSync(join(versions, String(version), 'bin/pg_basebackup')));
  return usable.length === 0 ? undefined : join(versions, String(Math.max(...usable)), 'bin');
}

/** What is missing for the cluster, by Debian's names. */
export const missingPrograms = (): readonly string[] => [
  ...(postgresPrograms() === undefined ? ['postgresql'] : []),
  ...['pgbouncer', 'haproxy'].filter((name) => !existsSync(`/usr/sbin/${name}`)),
];

/** PostgreSQL and pgbouncer do not run as root. */
export function databaseAccount(): { readonly uid: number; readonly gid: number } {
  const numberOf = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return process.getuid?.() === 0
    ? { uid: numberOf('-u'), gid: numberOf('-g') }
    : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
}

/** A program that runs until it is ended. */
export class Program {
  private output = '';
  private readonly ended: Promise<unknown>;

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (text: Buffer) => (this.output = (this.output + text.toString()).slice(-20_000)));
    }
    this.ended = once(child, 'close');
  }

  static start(
    path: string,
    args: readonly string[],
    account?: { readonly uid: number; readonly gid: number },
  ): Program {
    return new Program(spawn(path, args, { ...account, cwd: '/', env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } }));
  }

  /** The end of what it printed. */
  get said(): string {
    return this.output;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill(signal);
    await this.ended;
  }
}
