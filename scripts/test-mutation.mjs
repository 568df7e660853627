// Takes one judgement after the other out of the server; the leak matrix has to fail each time. Arguments: parts of names, `--jobs=N`.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';
import { mutations } from '../test/mutation/mutations.mjs';
import { ensureConsole } from './ensure-built.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: { jobs: { type: 'string', default: String(availableParallelism()) } },
});
const named = mutations.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
const { hasCitus } = (await imported('test/support/has-citus.ts')).module;
const chosen = named.filter(({ spec = '' }) => hasCitus || !spec.startsWith('citus/'));
if (chosen.length < named.length) console.log(`skipped: ${named.length - chosen.length}, since Citus is not installed`);
const vitest = [`${root}node_modules/vitest/vitest.mjs`, 'run', '--config', 'test/mutation/vitest.config.ts'];

// Two jobs that build it at once take each other's files.
ensureConsole();
const folder = mkdtempSync(join(tmpdir(), 'lanyard-mutation-'));
const postgres = await startPostgres();
const verdicts = new Map();
const queue = chosen.values();
await Promise.all(Array.from({ length: Math.max(1, Number(values.jobs)) }, runNext));
// What the shared template does not show: a mutation of what migrations install. What ran beside others may have been slow.
const again = chosen.filter(({ name }) => verdicts.get(name) !== 'caught');
for (const mutation of again) await judge(mutation);
await postgres.stop();
rmSync(folder, { recursive: true });

const caught = chosen.filter(({ name }) => verdicts.get(name) === 'caught').length;
console.log(`${caught} of ${chosen.length} mutations caught`);
process.exitCode = caught === chosen.length && caught > 0 ? 0 : 1;

function imported(file) {
  const oxc = { decorator: { legacy: true, emitDecoratorMetadata: true } };
  return runnerImport(root + file, { root, oxc, logLevel: 'error' });
}

/** One PostgreSQL for all: it takes longer to start than most tests that catch. */
async function startPostgres() {
  const { module } = await imported('src/testing/postgres.ts');
  const { postgres: running, template, stop } = await module.temporaryPostgres();
  const { host, user } = running.connection;
  return { given: JSON.stringify({ host, user, template }), stop };
}

async function runNext() {
  for (const mutation of queue) await judge(mutation, postgres.given);
}

/** Tells the verdict on a mutation; with a PostgreSQL of its own where none is given. */
async function judge({ name }, given) {
  const started = Date.now();
  const report = join(folder, `${randomUUID()}.json`);
  const { status, output } = await run([...vitest, '--reporter=json', `--outputFile=${report}`], {
    ...process.env,
    MUTATION: name,
    ...(given !== undefined && { MUTATION_POSTGRES: given }),
  });
  const verdict = verdictOf(status, readReport(report));
  verdicts.set(name, verdict);
  if (verdict === 'broken') console.error(output.slice(-4_000));
  console.log(`${verdict.padEnd(9)} ${String(Math.round((Date.now() - started) / 1_000)).padStart(4)} s  ${name}`);
}

function run(command, env) {
  const child = spawn(process.execPath, command, {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 180_000,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, output }));
  });
}

/** Caught only when tests ran and one failed: a server that does not start catches nothing. */
function verdictOf(status, { numPassedTests, numFailedTests, testResults }) {
  if (numFailedTests > 0) return testResults.some(hasFailedAssertion) ? 'caught' : 'broken';
  return status === 0 && numPassedTests > 0 ? 'SURVIVED' : 'broken';
}

function readReport(report) {
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
