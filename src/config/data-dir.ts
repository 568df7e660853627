import { resolve } from 'node:path';
import { closedFolder } from './secrets/closed-folder.js';

/** Folder of the embedded database without `DATA_DIR`: PostgreSQL does not run as root, so it is not below `/root`. */
export function defaultDataDir(): string {
  const isRoot = process.getuid?.() === 0;
  return isRoot && closedFolder('.') !== undefined ? '/var/lib/lanyard' : resolve('data');
}
