import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import '../support/node-20.js';
import { ClosingLineReporter } from '../support/closing-line.reporter.js';

/** Two releases on one database: builds the one before first, and takes longer than a test of `npm test` may. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    reporters: [new ClosingLineReporter(), 'default'],
    passWithNoTests: false,
    include: ['test/upgrade/*.upgrade.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
});
