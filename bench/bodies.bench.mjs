// @ts-check
import { readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { withLanyard } from './lanyard.mjs';
import { floor } from './both-sides.mjs';
import { generateLoad } from './load-generator.mjs';
import { aPatient } from './patients.mjs';
import { forgetHighest, memoryOf } from './process-cost.mjs';
import { inUnits, printTable } from './table.mjs';

const readers = 8;
const patients = 50;
/** Milliseconds that are looked at for each body, at least: what a short one leaves behind counts, too. */
const shortestLook = 1000;
/** Bytes from which on the memory of a request is told: that of a smaller one is lost in what the rest of the server takes. */
const largeBody = 8e6;
const probeFile = join(tmpdir(), `lanyard-loop-${process.pid}.json`);

/** @param {string} part @param {number} megabytes */
const repeated = (part, megabytes) => part.repeat(Math.ceil((megabytes * 1e6) / part.length));
const extension = '{"url":"http://example.org/extension","valueString":"Some text of the usual length"}';
const longExtension = extension.replace('length', `length, ${'and some more of it, '.repeat(5)}`);
const basic = `{"resourceType":"Basic","code":{"text":"a"},"extension":[${`${extension},`.repeat(50)}${extension}]}`;
const posted = `{"request":{"method":"POST","url":"Basic"},"resource":${basic}}`;
/** @param {string} type @param {string} entries */
const bundle = (type, entries) => `{"resourceType":"Bundle","type":"${type}","entry":[${entries}]}`;
/** @param {number} count */
const names = (count) =>
  `{"resourceType":"Patient","name":[${Array.from({ length: count }, (_, i) => `{"family":"N${i}","given":["G${i}"]}`).join()}]}`;

/** Each is indexed by several parameters, in two forms. @param {number} count */
const longNames = (count) => {
  const [family, given] = ['abcdefghijklmnopqrstuvwxyz '.repeat(6), 'xyzabcde '.repeat(15)];
  const parts = Array.from({ length: count }, (_, i) => `{"family":"N${i} ${family}","given":["G${i} ${given}"]}`);
  return `{"resourceType":"Patient","name":[${parts.join()}]}`;
};

/** Bodies with their address and the expected status. @type {Readonly<Record<string, () => [string, string, number]>>} */
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
  'a document of 12 MB, within the limits': () => [
    'DocumentReference',
    `{"resourceType":"DocumentReference","status":"current","content":[{"attachment":{"contentType":"image/png","data":"${'QUJD'.repeat(3e6)}"}}]}`,
    201,
  ],
  'a document of 12 MB in 190,000 values, within the limits': () => [
    'Basic',
    `{"resourceType":"Basic","code":{"text":"a"},"extension":[${repeated(`${longExtension},`, 12)}${longExtension}]}`,
    201,
  ],
  '33,000 long names, within the limits': () => ['Patient', longNames(33_000), 201],
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

/** Measures how large and extreme bodies disturb others: longest stalls of the event loop, and memory. */
export async function benchBodies() {
  const variables = { LOOP_PROBE_FILE: probeFile, EVENT_LOOP_DELAY: '0' };
  const flags = ['--import', fileURLToPath(new URL('loop-probe.mjs', import.meta.url))];
  try {
    await withLanyard(measureLoop, { variables, flags });
    await measureMemory();
  } finally {
    rmSync(probeFile, { force: true });
  }
}

/** @param {import('./lanyard.mjs').Lanyard} server */
async function measureLoop(server) {
  const token = await server.logIn();
  await makePatients(server, token);
  const end = new AbortController();
  const reading = Array.from({ length: readers }, () => read(server, token, end.signal));
  await sleep(shortestLook);
  const rows = [row('readers alone', await loopWhile(server, () => sleep(shortestLook)))];
  for (const [what, make] of Object.entries(bodies)) {
    const [path, body, expected] = make();
    let seconds = 0;
    const loop = await loopWhile(server, async () => {
      const from = performance.now();
      const status = await post(server, token, path, body);
      if (status !== expected) throw new Error(`${what}: ${status} instead of ${expected}`);
      seconds = (performance.now() - from) / 1000;
      await sleep(Math.max(0, shortestLook - seconds * 1000));
    });
    rows.push(row(`${what} (${inUnits(seconds, 's', 1)})`, loop));
  }
  end.abort();
  await Promise.all(reading);
  printTable(`bodies: CPU of the main thread at a stretch, beside ${readers} readers`, rows);
}

/** Measures memory in a new server for each body: memory that an earlier body left free would hide the next one's. */
async function measureMemory() {
  /** @type {import('./table.mjs').Row[]} */
  const rows = [];
  for (const [what, make] of Object.entries(bodies)) {
    const [path, body, expected] = make();
    const size = Buffer.byteLength(body);
    if (size < largeBody) continue;
    for (const atOnce of expected < 300 ? [1, 6] : [1])
      await withLanyard(async (server) => {
        const token = await server.logIn();
        // Loads everything that is loaded once, a worker thread included.
        await post(server, token, '', bundle('transaction', `${`${posted},`.repeat(200)}${posted}`));
        await post(server, token, 'Patient', names(3000));
        const before = memoryOf(server.pid).now;
        forgetHighest(server.pid);
        const statuses = await Promise.all(Array.from({ length: atOnce }, () => post(server, token, path, body)));
        if (statuses.some((status) => status !== expected))
          throw new Error(`${what}: ${statuses.join()} instead of ${expected}`);
        const bytes = (memoryOf(server.pid).highest - before) * 1024 ** 2;
        const ratio = bytes / size / atOnce;
        const value = `${inUnits(bytes / 1e6, 'MB')}, ${ratio.toFixed(1)} times`;
        rows.push({ what: atOnce === 1 ? what : `${what}, ${atOnce} at once`, value, ...floor(ratio, 6) });
      });
  }
  printTable('bodies: resident memory that one takes, in a server that had none, by its bytes', rows);
}

/** @param {string} what @param {{ p99: number, longest: number }} loop */
const row = (what, { p99, longest }) => ({
  what,
  value: `p99 ${inUnits(p99, 'ms')}, longest ${inUnits(longest, 'ms')}`,
  ...floor(p99, 100, ' ms'),
});

/** @param {import('./lanyard.mjs').Lanyard} server @param {string} token */
async function makePatients({ origin }, token) {
  const sent = Array.from({ length: patients }, (_, n) => JSON.stringify(aPatient(n)));
  const job = { origin, method: 'POST', paths: ['/fhir/r4/Patient'], tokens: [token], bodies: sent, connections: 2 };
  const { wrong } = await generateLoad({ ...job, count: patients, expect: 201 });
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
}

/** @param {import('./lanyard.mjs').Lanyard} server @param {() => Promise<unknown>} work */
async function loopWhile(server, work) {
  await loopOf(server);
  await work();
  return loopOf(server);
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
