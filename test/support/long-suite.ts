import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import './node-20.js';
import './temporary-folder.js';
import { ClosingLineReporter } from './closing-line.reporter.js';

interface LongSuite {
  readonly include: string[];
  /** True if the tests share the PostgreSQL of the run; otherwise they start what they need. */
  readonly sharesPostgres: boolean;
  /** Milliseconds. */
  readonly testTimeout: number;
  /** Starts what all files share instead of one PostgreSQL. */
  readonly globalSetup?: string;
  /** False if files share the modules of one process, and so put back what they change. */
  readonly isolate?: boolean;
  /** Variables of the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Suite for tests that take too long, or too much of the machine, for `npm test`: one file after the other. */
export const longSuite = ({ include, sharesPostgres, testTimeout, globalSetup, isolate = true, env = {} }: LongSuite) =>
  defineConfig({
    root: fileURLToPath(new URL('../..', import.meta.url)),
    oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
    test: {
      reporters: [new ClosingLineReporter(), 'default'],
      // An empty list is of a suite that cannot run here, and says so.
      passWithNoTests: include.length === 0,
      include,
      globalSetup: sharesPostgres ? [globalSetup ?? 'test/support/global-setup.ts'] : [],
      fileParallelism: false,
      isolate,
      env,
      testTimeout,
      hookTimeout: 120_000,
    },
  });
