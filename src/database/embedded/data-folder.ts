import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { closedFolder, type Account } from '../../config/secrets/closed-folder.js';
import { StartRefused } from '../../config/checks/start-refused.js';

/** `sun_path` holds 108 bytes with the closing zero on Linux, 104 on macOS; `/.s.PGSQL.5432.lock` comes on top of the folder. */
const longestSocketFolder = 103 - '/.s.PGSQL.5432.lock'.length;

/** Makes `DATA_DIR` so that `account` can enter it, whatever the umask. */
export async function prepareDataFolder(dataDir: string, account: Account): Promise<void> {
  try {
    const first = await mkdir(dataDir, { recursive: true });
    if (first !== undefined) for (const folder of between(first, dataDir)) await chmod(folder, 0o711);
  } catch (error) {
    throw new StartRefused(
      `DATA_DIR: cannot make ${dataDir} (${(error as NodeJS.ErrnoException).code}). Example: DATA_DIR=/var/lib/lanyard`,
    );
  }
  const closed = closedFolder(dataDir, account);
  if (closed !== undefined)
    throw new StartRefused(
      `DATA_DIR: PostgreSQL runs as uid ${account.uid}, which cannot enter ${closed}. ` +
        `Open it (chmod o+x ${closed}) or choose another folder, such as DATA_DIR=/var/lib/lanyard.`,
    );
}

/** The private folder of the socket: the only way in, and open to nobody but PostgreSQL's account (and root). */
export async function prepareSocketFolder(dataDir: string, account: Account): Promise<string> {
  const within = join(dataDir, 'socket');
  const folder =
    Buffer.byteLength(within) <= longestSocketFolder
      ? within
      : join(tmpdir(), `lanyard-${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}`);
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await own(folder, account);
  const status = await lstat(folder);
  // In a shared temporary folder another user may have been first.
  if (!status.isDirectory() || status.uid !== account.uid)
    throw new StartRefused(
      `${folder} belongs to somebody else (uid ${status.uid}). Remove it, or use a shorter DATA_DIR.`,
    );
  await chmod(folder, 0o700);
  return folder;
}

/** Gives a folder of ours, and all that is in it, to `account`; never takes what belongs to a third. */
export async function own(folder: string, account: Account): Promise<void> {
  const status = await lstat(folder);
  if (process.getuid?.() !== 0 || status.uid !== 0 || !status.isDirectory()) return;
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  for (const entry of entries) {
    if (!entry.isSymbolicLink()) await chown(join(entry.parentPath, entry.name), account.uid, account.gid);
  }
  await chown(folder, account.uid, account.gid);
}

function between(first: string, last: string): string[] {
  const from = resolve(first);
  const to = resolve(last);
  return to.length <= from.length ? [from] : [...between(from, dirname(to)), to];
}
