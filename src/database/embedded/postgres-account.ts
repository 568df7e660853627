import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import type { Account } from '../../config/secrets/closed-folder.js';
import { StartRefused } from '../../config/checks/start-refused.js';

/** Account that owns nothing, for systems without a user `postgres`. */
const nobody = 65534;

/**
 * Returns the account for PostgreSQL. It refuses root, so root hands over to the owner of the existing data, to
 * `postgres`, or to nobody; others run it as themselves.
 */
export async function postgresAccount(cluster: string): Promise<Account> {
  const owner = await ownerOf(cluster);
  const self = { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 };
  if (self.uid !== 0) return ownAccount(self, owner, cluster);
  if (owner !== undefined && owner.uid !== 0) return owner;
  const account = accountOfPasswd(readFileSync('/etc/passwd', 'utf8'));
  if (account !== undefined) return account;
  throw new StartRefused(
    `The embedded PostgreSQL does not run as root, and /etc/passwd has neither a user "postgres" nor the uid ${nobody}. ` +
      `Add one ("useradd --system postgres"), start as an ordinary user, or set DATABASE_URL=postgres://user:password@host:5432/lanyard.`,
  );
}

/** The account for PostgreSQL in the text of `/etc/passwd`. */
export function accountOfPasswd(passwd: string): Account | undefined {
  const accounts = passwd
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ uid, gid }) => Number.isInteger(uid) && Number.isInteger(gid) && uid > 0);
  const found =
    accounts.find(({ name }) => name === 'postgres' || name === '_postgres') ??
    accounts.find(({ uid }) => uid === nobody);
  return found && { uid: found.uid, gid: found.gid };
}

function ownAccount(self: Account, owner: Account | undefined, cluster: string): Account {
  if (owner !== undefined && owner.uid !== self.uid)
    throw new StartRefused(
      `DATA_DIR: ${cluster} belongs to the user with uid ${owner.uid}, this server runs as uid ${self.uid}. ` +
        `Start it as that user or as root, or choose another folder, such as DATA_DIR=./data-${self.uid}.`,
    );
  if (owner === undefined && !hasName())
    throw new StartRefused(
      `The embedded PostgreSQL needs a line in /etc/passwd for uid ${self.uid}, and there is none. ` +
        `Add one, or set DATABASE_URL=postgres://user:password@host:5432/lanyard.`,
    );
  return self;
}

function hasName(): boolean {
  try {
    return userInfo().username !== '';
  } catch {
    return false;
  }
}

async function ownerOf(path: string): Promise<Account | undefined> {
  try {
    const { uid, gid } = await stat(path);
    return { uid, gid };
  } catch {
    return undefined;
  }
}
