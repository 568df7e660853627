// @ts-check
import { readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { withLanyard } from './lanyard.mjs';
import { memoryOf } from './process-cost.mjs';
import { inUnits, printTable } from './table.mjs';

const readers = 8;
const probeFile = join(tmpdir(), `lanyard-loop-${process.pid}.json`);

/** @param {string} part @param {number} megabytes */
const repeated = (part, megabytes) => part.repeat(Math.ceil((megabytes * 1e6) / part.length));
const extension = '{"url":"http://example.org/extension","valueString":"Some text of the usual length"}';
const basic = `{"resourceType":"Basic","code":{"text":"a"},"extension":[${`${extension},`.repeat(50)}${extension}]}`;
const posted = `{"request":{"method":"POST","url":"Basic"},"resource":${basic}}`;
/** @param {string} type @param {string} entries */
const bundle = (type, entries) => `{"resourceType":"Bundle","type":"${type}","entry":[${entries}]}`;
/** @param {number} count */
const names = (count) =>
  `{"resourceType":"Patient","name":[${Array.from({ length: count }, (_, i) => `{"family":"N${i}","given":["G${i}"]}`).join()}]}`;

/** What is sent, where to, and its status. @type {Readonly<Record<string, () => [string, string, number]>>} */
const bodies = {
  '100,000 names': () => ['Patient', names(100_000), 413],
  '40,000 names, within the limits': () => ['Patient', names(40_000), 201],
  '16 MB of decimals in a batch': () => [
    '',
    `{"resourceType":"Bundle","type":"batch","x":[${repeated('1.0,', 16)}1]}`,
    413,
  ],
  '64 MB of decimals in a batch': () => [
    '',
    `{"resourceType":"Bundle","type":"batch","x":[${repeated('1.0,', 64)}1]}`,
    413,
  ],
  '250 MB of {}': () => ['', bundle('batch', `${repeated('{},', 250)}{}`), 413],
  '15 MB of [': () => ['Patient', '['.repeat(15e6), 400],
  'a string of 15 MB': () => ['Patient', `{"resourceType":"Patient","language":"${'x'.repeat(15e6)}"}`, 422],
  'a number of 15 MB': () => ['Patient', `{"resourceType":"Patient","x":${'1'.repeat(15e6)}}`, 400],
  'a million keys': () => ['Patient', `{${Array.from({ length: 1e6 }, (_, i) => `"k${i}":1`).join()}}`, 413],
  'a transaction of 20 MB': () => ['', bundle('transaction', `${repeated(`${posted},`, 20)}${posted}`), 200],
  'a batch of 20,000 searches': () => [
    '',
    bundle(
      'batch',
      Array.from({ length: 20_000 }, () => '{"request":{"method":"GET","url":"Basic?_count=1000"}}').join(),
    ),
    200,
  ],
};

/** What others notice of large and extreme bodies: how long the event loop is kept at a stretch, beside 8 readers. */
export async function benchBodies() {
  const variables = { LOOP_PROBE_FILE: probeFile, EVENT_LOOP_DELAY: '0' };
  const flags = ['--import', fileURLToPath(new URL('loop-probe.mjs', import.meta.url))];
  try {
    await withLanyard(measure, { variables, flags });
  } finally {
    rmSync(probeFile, { force: true });
  }
}

/** @param {import('./lanyard.mjs').Lanyard} server */
async function measure(server) {
  const token = await server.logIn();
  const end = new AbortController();
  const reading = Array.from({ length: readers }, () => read(server, token, end.signal));
  const rows = [];
  for (const [what, make] of Object.entries(bodies)) {
    const [path, body, expected] = make();
    await loopOf(server);
    const from = performance.now();
    const status = await post(server, token, path, body);
    const seconds = (performance.now() - from) / 1000;
    if (status !== expected) throw new Error(`${what}: ${status} instead of ${expected}`);
    const { p99, longest } = await loopOf(server);
    const value = `p99 ${inUnits(p99, 'ms')}, longest ${inUnits(longest, 'ms')}`;
    rows.push({ what: `${what} (${inUnits(seconds, 's', 1)})`, value, target: 'p99 < 100 ms' });
  }
  end.abort();
  await Promise.all(reading);
  rows.push({ what: 'resident memory at its highest', value: inUnits(memoryOf(server.pid).highest, 'MB') });
  printTable(`bodies: event loop, CPU of the main thread at a stretch, beside ${readers} readers`, rows);
}

/** @param {import('./lanyard.mjs').Lanyard} server @returns {Promise<{ p99: number, longest: number }>} */
async function loopOf(server) {
  rmSync(probeFile, { force: true });
  server.child.kill('SIGUSR2');
  for (;;) {
    await sleep(20);
    try {
      return JSON.parse(readFileSync(probeFile, 'utf8'));
    } catch {
      // Not written yet, or not to its end.
    }
  }
}

/** @param {import('./lanyard.mjs').Lanyard} server @param {string} token @param {AbortSignal} signal */
async function read(server, token, signal) {
  const headers = { authorization: `Bearer ${token}` };
  while (!signal.aborted) {
    const answer = await fetch(`${server.base}/Patient?_count=5&_elements=id`, { headers });
    await answer.text();
    if (answer.status !== 200) throw new Error(`A reader was answered ${answer.status}.`);
    await sleep(5);
  }
}

/** @param {import('./lanyard.mjs').Lanyard} server @param {string} token @param {string} path @param {string} body @returns {Promise<number>} */
function post(server, token, path, body) {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/fhir+json',
      'content-length': Buffer.byteLength(body),
    };
    const sending = request(`${server.base}${path === '' ? '' : `/${path}`}`, { method: 'POST', headers }, (answer) =>
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0)),
    );
    sending.on('error', reject);
    sending.end(body);
  });
}
