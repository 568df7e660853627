import { readFile, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';

/** https://www.postgresql.org/docs/18/storage-file-layout.html: what `postmaster.pid` says. */
export interface Postmaster {
  readonly pid: number;
  readonly socketFolder: string | undefined;
}

/** The postmaster that `postmaster.pid` names, running or not. */
export async function readPostmaster(cluster: string): Promise<Postmaster | undefined> {
  try {
    const lines = (await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n');
    const pid = Math.abs(Number(lines[0]));
    return Number.isInteger(pid) && pid > 0 ? { pid, socketFolder: lines[4]?.trim() || undefined } : undefined;
  } catch {
    return undefined;
  }
}

export function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** True if this process really is the PostgreSQL of this folder: process ids are used again. */
export async function isPostmasterOf(pid: number, cluster: string): Promise<boolean> {
  if (!isRunning(pid)) return false;
  if (process.platform !== 'linux') return true;
  try {
    // A postmaster works in its data folder. A zombie works nowhere, so it does not count.
    return (await readlink(`/proc/${pid}/cwd`)) === (await realpath(cluster));
  } catch {
    return false;
  }
}
