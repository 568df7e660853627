import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { specsOfProcesses, specsThatTakeAShare } from './test/support/full-specs.js';
import { isFull } from './test/support/full.js';
import './test/support/node-20.js';
import './test/support/temporary-folder.js';
import { ClosingLineReporter } from './test/support/closing-line.reporter.js';
import { LongFilesFirst } from './test/support/long-files-first.js';

/** `vitest run` alone leaves these out; with arguments, whatever they name runs. */
const leftOut = process.argv.length > 3 ? [] : specsOfProcesses();

export default defineConfig({
  // Nest reads constructor types at run time, so the compiler has to emit them for tests too.
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    reporters: [new ClosingLineReporter(leftOut.length), 'default'],
    passWithNoTests: false,
    sequence: { sequencer: LongFilesFirst },
    // Files share the modules of their worker: to load the server takes longer than most of them.
    isolate: false,
    // Half of a test is PostgreSQL's work, and many wait: for a job, a time-out, a connection that is silent. Processes and browsers take more.
    maxWorkers: Math.min(availableParallelism() + (isFull ? 1 : 2), 8),
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['{src,tools,bench,scripts,console/src}/**/*.spec.ts'], testTimeout: 60_000 },
      },
      {
        extends: true,
        test: {
          name: 'server',
          // What `npm test` leaves out, and the whole of what it takes a share of.
          include: isFull ? [...new Set([...specsThatTakeAShare(), ...specsOfProcesses()])] : ['test/**/*.spec.ts'],
          exclude: leftOut,
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 90_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
