// Takes one judgement after the other out of the server; the leak matrix has to fail each time. Arguments: parts of names.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mutations } from '../test/mutation/mutations.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const wanted = process.argv.slice(2);
const chosen = mutations.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
const vitest = [`${root}node_modules/vitest/vitest.mjs`, 'run', '--config', 'test/mutation/vitest.config.ts'];

const folder = mkdtempSync(join(tmpdir(), 'lanyard-mutation-'));
const report = join(folder, 'report.json');
const results = chosen.map(({ name }) => {
  const started = Date.now();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...vitest, '--reporter=json', `--outputFile=${report}`],
    {
      cwd: root,
      env: { ...process.env, MUTATION: name },
      encoding: 'utf8',
      timeout: 180_000,
      maxBuffer: 256 * 1024 * 1024,
    },
  );
  const verdict = verdictOf(status);
  rmSync(report, { force: true });
  if (verdict === 'broken') console.error(stderr.slice(0, 2_000), stdout.slice(0, 2_000));
  const row = { name, verdict, seconds: Math.round((Date.now() - started) / 1_000) };
  console.log(`${row.verdict.padEnd(9)} ${String(row.seconds).padStart(4)} s  ${row.name}`);
  return row;
});

rmSync(folder, { recursive: true });

const caught = results.filter(({ verdict }) => verdict === 'caught').length;
console.log(`${caught} of ${results.length} mutations caught`);
process.exitCode = caught === results.length && caught > 0 ? 0 : 1;

/** Caught only when tests ran and one failed: a server that does not start catches nothing. */
function verdictOf(status) {
  const { numPassedTests, numFailedTests, testResults } = readReport();
  if (numFailedTests > 0) return testResults.some(hasFailedAssertion) ? 'caught' : 'broken';
  return status === 0 && numPassedTests > 0 ? 'SURVIVED' : 'broken';
}

function readReport() {
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, testResults: [] };
  }
}

function hasFailedAssertion({ assertionResults }) {
  return assertionResults.some(({ failureMessages }) =>
    failureMessages?.some((text) => /AssertionError|Property failed/.test(text)),
  );
}
