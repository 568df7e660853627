import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile, chmod, chown, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, type PoolConfig } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { urlOf } from '../support/connection.js';
import { ServerProcess } from '../support/server-process.js';

/**
 * docs/operations.md, "Backup and restore": a base backup while a server writes, the log archived, and back to a moment after
 * it (https://www.postgresql.org/docs/current/continuous-archiving.html).
 */
let folder: string;
const started: EmbeddedPostgres[] = [];
const servers: ServerProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lanyard-restore-'));
  await chmod(folder, 0o711);
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.kill()));
  for (const postgres of started) await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

async function startPostgres(name: string, settings: Readonly<Record<string, string>>): Promise<PoolConfig> {
  const dataDir = join(folder, name);
  const postgres = await startEmbeddedPostgres({ dataDir, log: () => undefined, settings });
  started.push(postgres);
  return postgres.connection;
}

async function startServer(connection: PoolConfig): Promise<ServerProcess> {
  const server = await ServerProcess.start({ url: urlOf(connection) });
  servers.push(server);
  return server;
}

async function query<T extends object>(
  connection: PoolConfig,
  ...statements: readonly string[]
): Promise<readonly T[]> {
  const client = new Client(connection);
  await client.connect();
  try {
    let rows: readonly T[] = [];
    for (const statement of statements) ({ rows } = await client.query<T>(statement));
    return rows;
  } finally {
    await client.end();
  }
}

/** Every current and superseded version with what is searched by, as one hash. */
const everything = `
  SELECT count(*)::int AS rows, md5(string_agg(md5(x::text), '' ORDER BY md5(x::text))) AS hash
  FROM (SELECT row_to_json(r)::text AS x FROM resource r UNION ALL SELECT row_to_json(h)::text FROM resource_history h) all_rows`;

describe('a restore', () => {
  it('brings back every resource and version as it was at the moment that was asked for', async () => {
    const archive = join(folder, 'archive');
    await mkdir(archive);
    const source = await startPostgres('source', {
      wal_level: 'replica',
      archive_mode: 'on',
      archive_command: `cp %p ${archive}/%f`,
    });
    const { uid, gid } = await stat(join(folder, 'source/postgres'));
    await chown(archive, uid, gid);
    const server = await startServer(source);
    const { access } = await server.logIn();
    const write = async (family: string): Promise<string> => {
      const made = await server.call('POST', 'Patient', access, { resourceType: 'Patient', name: [{ family }] });
      expect(made.status).toBe(201);
      return made.body.id as string;
    };
    const id = await write('Before');

    const restored = join(folder, 'restored/postgres');
    await baseBackup(source, join(folder, 'source/postgres'), restored);
    await server.call('PUT', `Patient/${id}`, access, { resourceType: 'Patient', id, name: [{ family: 'Changed' }] });
    await server.call('DELETE', `Patient/${await write('Deleted')}`, access);
    await delay(1100);
    const [then] = await query<object>(source, everything);
    const [{ at } = { at: '' }] = await query<{ at: string }>(source, 'SELECT clock_timestamp()::text AS at');
    await delay(1100);
    const tooLate = await write('Too late');
    await query(source, 'SELECT pg_switch_wal()');
    const [{ file } = { file: '' }] = await query<{ file: string }>(
      source,
      'SELECT pg_walfile_name(pg_current_wal_lsn()) AS file',
    );
    await expect
      .poll(
        async () =>
          (await query<{ last: string }>(source, 'SELECT last_archived_wal AS last FROM pg_stat_archiver'))[0]?.last ??
          '',
        { timeout: 60_000 },
      )
      .toSatisfy((last: string) => last !== '' && last.slice(0, 24) <= file && last.slice(0, 24) >= previous(file));

    await writeFile(join(restored, 'recovery.signal'), '');
    await chown(join(restored, 'recovery.signal'), uid, gid);
    const target = await startPostgres('restored', {
      restore_command: `cp ${archive}/%f %p`,
      recovery_target_time: at,
      recovery_target_action: 'promote',
    });
    await expect
      .poll(async () => (await query<{ is: boolean }>(target, 'SELECT pg_is_in_recovery() AS is'))[0]?.is, {
        timeout: 60_000,
      })
      .toBe(false);
    expect(await query(target, everything)).toEqual([then]);

    const again = await startServer(target);
    // Accounts, keys and sessions came along: a token of before counts.
    expect((await again.call('GET', `Patient/${id}`, access)).body.name).toEqual([{ family: 'Changed' }]);
    expect((await again.call('GET', `Patient/${id}/_history/1`, access)).body.name).toEqual([{ family: 'Before' }]);
    expect((await again.call('GET', `Patient/${tooLate}`, access)).status).toBe(404);
    expect((await again.call('POST', 'Patient', access, { resourceType: 'Patient' })).status).toBe(201);
  }, 300_000);
});

/** The segment of the log before this one. */
const previous = (file: string): string => (BigInt(`0x${file}`) - 1n).toString(16).toUpperCase().padStart(24, '0');

/** As `pg_basebackup` does it: the files of a running cluster, made whole by the log between start and stop. */
async function baseBackup(connection: PoolConfig, from: string, to: string): Promise<void> {
  const client = new Client(connection);
  await client.connect();
  await client.query(`SELECT pg_backup_start('test', true)`);
  await mkdir(join(to, '..'), { recursive: true });
  await chmod(join(to, '..'), 0o711);
  await cp(from, to, { recursive: true, filter: (path) => !/postmaster\.(?:pid|opts)$/.test(path) });
  const { uid, gid } = await stat(from);
  const { rows } = await client.query<{ label: string }>('SELECT labelfile AS label FROM pg_backup_stop(false)');
  await writeFile(join(to, 'backup_label'), rows[0]?.label ?? '');
  await client.end();
  await giveTo(to, uid, gid);
}

async function giveTo(path: string, uid: number, gid: number): Promise<void> {
  execFileSync('chown', ['-R', `${uid}:${gid}`, path]);
  await chmod(path, 0o700);
}
