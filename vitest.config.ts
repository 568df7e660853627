import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { specsThatTakeAShare } from './test/support/full-specs.js';
import { isFull } from './test/support/full.js';
import './test/support/node-20.js';
import { ClosingLineReporter } from './test/support/closing-line.reporter.js';
import { LongFilesFirst } from './test/support/long-files-first.js';

export default defineConfig({
  // Nest reads constructor types at run time, so the compiler has to emit them for tests too.
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    reporters: [new ClosingLineReporter(), 'default'],
    passWithNoTests: false,
    sequence: { sequencer: LongFilesFirst },
    // Files share the modules of their worker: to load the server takes longer than most of them.
    isolate: false,
    // On two cores vitest would take one, and half of a test is PostgreSQL's work.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['{src,tools,bench,scripts,console/src}/**/*.spec.ts'], testTimeout: 60_000 },
      },
      {
        extends: true,
        test: {
          name: 'server',
          // The whole of what `npm test` takes a share of.
          include: isFull ? specsThatTakeAShare() : ['test/**/*.spec.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 90_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
