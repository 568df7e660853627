import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { TestProject } from 'vitest/node';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { isPostmasterOf, isRunning, readPostmaster } from '../../src/database/embedded/postmaster-pid.js';
import { stopPostgres } from '../../src/database/embedded/postgres-process.js';
import { migratedTemplate } from './migrated-template.js';

/** Connection data of this run's PostgreSQL, for test files. */
export interface TestPostgres {
  readonly host: string;
  readonly user: string;
  readonly template: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    postgres: TestPostgres;
  }
}

const prefix = 'lanyard-test-';
let postgres: EmbeddedPostgres | undefined;
let folder: string | undefined;

/** One PostgreSQL in a temporary folder for the whole run. */
export async function setup(project: TestProject): Promise<void> {
  await removeLeftovers();
  folder = await mkdtemp(join(tmpdir(), prefix));
  await chmod(folder, 0o711);
  await writeFile(join(folder, 'runner.pid'), String(process.pid));
  const settings = { fsync: 'off', full_page_writes: 'off', max_connections: '100' };
  postgres = await startEmbeddedPostgres({ dataDir: folder, log: () => undefined, settings });
  const { host = '', user = '' } = postgres.connection;
  project.provide('postgres', { host, user, template: await migratedTemplate(postgres.connection) });
}

export async function teardown(): Promise<void> {
  await postgres?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}

/** A run that was killed could not clean up after itself. */
async function removeLeftovers(): Promise<void> {
  const folders = (await readdir(tmpdir()))
    .filter((name) => name.startsWith(prefix))
    .map((name) => join(tmpdir(), name));
  for (const leftover of folders) {
    if (!existsSync(join(leftover, 'runner.pid'))) continue;
    if (isRunning(Number(await readFile(join(leftover, 'runner.pid'), 'utf8')))) continue;
    const cluster = join(leftover, 'postgres');
    const postmaster = await readPostmaster(cluster);
    if (postmaster !== undefined && (await isPostmasterOf(postmaster.pid, cluster)))
      await stopPostgres(postmaster.pid, cluster);
    await rm(leftover, { recursive: true, force: true });
  }
}
