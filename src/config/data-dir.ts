import { resolve } from 'node:path';
import { closedFolder } from './closed-folder.js';

/** Where the embedded database lives unless `DATA_DIR` says so: PostgreSQL does not run as root, so not below `/root`. */
export function defaultDataDir(): string {
  const isRoot = process.getuid?.() === 0;
  return isRoot && closedFolder('.') !== undefined ? '/var/lib/lanyard' : resolve('data');
}
