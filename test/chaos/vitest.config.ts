import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import '../support/node-20.js';
import { ClosingLineReporter } from '../support/closing-line.reporter.js';

/** What takes too long, or too much of the machine, for `npm test`. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    reporters: [new ClosingLineReporter(), 'default'],
    passWithNoTests: false,
    include: ['test/chaos/*.chaos.ts', 'test/e2e/crash.e2e.spec.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
});
