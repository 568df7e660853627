import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** A user of the operating system, as far as file permissions care. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Somebody who owns nothing. */
const anybody: Account = { uid: -1, gid: -1 };

/** The first folder on the way to `path` that this account cannot enter, such as `/root`. Parts that do not exist yet do not count. */
export function closedFolder(path: string, account: Account = anybody): string | undefined {
  let existing = resolve(path);
  while (!existsSync(existing)) existing = dirname(existing);
  return ancestors(realpathSync(existing)).find((folder) => !mayEnter(folder, account));
}

/** Folders from the root down, the path itself included if it is a folder. */
function ancestors(path: string): string[] {
  const parent = dirname(path);
  const above = parent === path ? [] : ancestors(parent);
  return statSync(path).isDirectory() ? [...above, path] : above;
}

function mayEnter(folder: string, { uid, gid }: Account): boolean {
  if (uid === 0) return true;
  const { mode, uid: owner, gid: group } = statSync(folder);
  if (uid === owner) return (mode & 0o100) !== 0;
  if (gid === group) return (mode & 0o010) !== 0;
  return (mode & 0o001) !== 0;
}
