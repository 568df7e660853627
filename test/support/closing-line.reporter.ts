import { writeSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Prints `N passed, N failed` as the very last line of a run, after every other reporter and teardown. */
export class ClosingLineReporter implements Reporter {
  private line: string | undefined;

  /** `leftOut`: files that only `npm run test:full` runs. */
  constructor(private readonly leftOut = 0) {}

  onInit(): void {
    process.once('exit', () => {
      if (this.line !== undefined) writeSync(process.stdout.fd, `\n${this.line}\n`);
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const counts: Counts = { passed: 0, failed: unhandled.length, skipped: 0 };
    for (const module of modules) count(module, counts);
    if (counts.passed + counts.failed === 0) {
      // A run of no test proves nothing, whatever the flags say.
      counts.failed = 1;
      process.exitCode = 1;
    }
    const lines = [
      ...(this.leftOut > 0 ? [`${this.leftOut} files with servers, commands and browsers: npm run test:full`] : []),
      ...(counts.skipped > 0 ? [`${counts.skipped} skipped: not installed, or for npm run test:full`] : []),
      `${counts.passed} passed, ${counts.failed} failed`,
    ];
    this.line = lines.join('\n');
  }
}

function count(module: TestModule, counts: Counts): void {
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    if (state === 'passed') counts.passed++;
    else if (state === 'skipped') counts.skipped++;
    else counts.failed++;
  }
  // A file or a describe block can fail without any of its tests failing: an import, a hook.
  counts.failed += module.errors().length;
  for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
}
