import type { TestProject } from 'vitest/node';
import { ensureConsole } from '../../scripts/ensure-built.mjs';
import { temporaryPostgres } from '../../src/testing/postgres.js';
import { isFull } from './full.js';

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
  // Otherwise each worker makes a build of its own at once.
  if (isFull) await (await import('./built-source.js')).builtSource();
  const { postgres, template, stop: end } = await temporaryPostgres();
  stop = end;
  const { host = '', user = '' } = postgres.connection;
  project.provide('postgres', { host, user, template });
}

export async function teardown(): Promise<void> {
  await stop?.();
}
