import type { TestProject } from 'vitest/node';
import { ensureConsole } from '../../scripts/ensure-built.mjs';
import { migratedTemplate } from '../../src/testing/migrated-template.js';
import { temporaryPostgres } from '../../src/testing/postgres.js';

/** Connection data of this run's PostgreSQL, for test files. */
export interface TestPostgres {
  readonly host: string;
  readonly user: string;
  readonly template: string;
  /** Ports of the nodes of a distributed one, the coordinator first; otherwise it is a folder of sockets. */
  readonly nodes?: readonly number[];
}

declare module 'vitest' {
  interface ProvidedContext {
    postgres: TestPostgres;
  }
}

let stop: (() => Promise<void>) | undefined;

/** One PostgreSQL in a temporary folder for the whole run, and the console as it is served. */
export async function setup(project: TestProject): Promise<void> {
  ensureConsole();
  const started = await temporaryPostgres();
  ({ stop } = started);
  const { connection } = started.postgres;
  const { host = '', user = '' } = connection;
  project.provide('postgres', { host, user, template: await migratedTemplate(connection) });
}

export async function teardown(): Promise<void> {
  await stop?.();
}
