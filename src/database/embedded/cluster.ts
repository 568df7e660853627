import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Account } from '../../config/secrets/closed-folder.js';
import { StartRefused } from '../../config/checks/start-refused.js';
import { own } from './data-folder.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { isRunning } from './postmaster-pid.js';

const run = promisify(execFile);

/** The one role of the embedded database. Its socket is private, so it needs no password. */
export const embeddedUser = 'lanyard';

/** Makes the database files where there are none; checks them where there are. */
export async function prepareCluster(cluster: string, binaries: PostgresBinaries, account: Account): Promise<void> {
  if (existsSync(join(cluster, 'PG_VERSION'))) {
    await checkVersion(cluster, binaries.majorVersion);
    await own(cluster, account);
    return;
  }
  await removeUnfinished(cluster);
  // Under another name until it is complete: a start that was killed half-way leaves nothing that looks like a database.
  const unfinished = `${cluster}.new-${process.pid}`;
  await mkdir(unfinished, { mode: 0o700 });
  if (process.getuid?.() === 0) await chown(unfinished, account.uid, account.gid);
  await initdb(unfinished, binaries, account);
  await rename(unfinished, cluster).catch(async (error: NodeJS.ErrnoException) => {
    await rm(unfinished, { recursive: true, force: true });
    // Another server was faster; which of the two may go on is decided by a lock in the database.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
}

async function checkVersion(cluster: string, majorVersion: string): Promise<void> {
  const found = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  if (found !== majorVersion)
    throw new StartRefused(
      `DATA_DIR: ${cluster} was written by PostgreSQL ${found}, this Lanyard brings PostgreSQL ${majorVersion}. ` +
        `Use the Lanyard that made it, or choose another folder, such as DATA_DIR=./data-${majorVersion}.`,
    );
}

async function removeUnfinished(cluster: string): Promise<void> {
  const prefix = `${basename(cluster)}.new-`;
  for (const entry of await readdir(dirname(cluster))) {
    const owner = entry.startsWith(prefix) ? Number(entry.slice(prefix.length)) : undefined;
    if (owner !== undefined && !isRunning(owner))
      await rm(join(dirname(cluster), entry), { recursive: true, force: true });
  }
}

async function initdb(folder: string, binaries: PostgresBinaries, account: Account): Promise<void> {
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const access = ['-U', embeddedUser, '--auth=trust', '--no-instructions'];
  try {
    await run(join(binaries.folder, 'bin', 'initdb'), ['-D', folder, ...locale, ...access], {
      ...(process.getuid?.() === 0 && account),
      env: { PATH: process.env['PATH'] ?? '' },
      cwd: folder,
    });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    const { stderr, message } = error as Error & { stderr?: string };
    throw new StartRefused(
      `The embedded PostgreSQL could not make its files in ${folder}: ${(stderr || message).trim()}`,
    );
  }
}
