import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import '../support/node-20.js';
import { ClosingLineReporter } from '../support/closing-line.reporter.js';

/** Needs Debian's postgresql, pgbouncer and haproxy, and starts them itself, on loopback. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    reporters: [new ClosingLineReporter(), 'default'],
    passWithNoTests: false,
    include: ['test/cluster/*.cluster.ts'],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
