// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { from, to } from 'pg-copy-streams';
import { Client } from 'pg';
import { dist } from '../scripts/paths.mjs';
import { benchWithin } from './bulk-within.mjs';
import { anObservation, inOtherPlace } from './clinical-records.mjs';
import { download, exportAll } from './export-run.mjs';
import { withLanyard } from './lanyard.mjs';
import { generateLoad } from './load-generator.mjs';
import { cpuOf, cpuOfEnded, cpuOfFamily, forgetHighest, memoryOf } from './process-cost.mjs';
import { printTable } from './table.mjs';

/** Goals of the ratios. */
const goals = { export: 0.7, download: 150, import: 0.35, memory: 200, others: 2 };
const requestsOfOthers = 400;

/**
 * Data in bulk, by one process each, beside bare COPY of the same rows: into a file, and into a table with the same indexes. The
 * generator, PostgreSQL and the server share the processors. `--sizes=30k`: number of resources. `--within=1g`: {@link benchWithin} alone.
 * @param {readonly string[]} options
 */
export async function benchBulk(options = []) {
  const within = options.find((one) => one.startsWith('--within='))?.slice('--within='.length);
  if (within !== undefined) return benchWithin(within);
  const named = options.find((one) => one.startsWith('--sizes='))?.slice('--sizes='.length) ?? '30k';
  for (const resources of named.split(',').map(sizeOf))
    await withLanyard((server) => run(server, resources), { variables: { EXPORT_FOR_USERS: 'on' } });
}

/** @param {string} text */
function sizeOf(text) {
  const resources = Number(text.replace(/k$/, '000').replace(/m$/, '000000'));
  if (!(resources > 0)) throw new Error(`There is no size ${text}; sizes are as 30k or 1m.`);
  return resources;
}

/** What some work took: seconds, and CPU seconds of the server, of PostgreSQL and of commands. @typedef {{ took: number, server: number, postgres: number, command: number }} Cost */

/** @param {import('./lanyard.mjs').Lanyard} server @param {number} resources */
async function run(server, resources) {
  const folder = join(server.dataDir, 'bulk');
  mkdirSync(folder);
  const client = new Client(server.postgres.connection);
  await client.connect();
  const costOf = (/** @type {() => Promise<unknown>} */ work) => measure(server, work);
  try {
    const source = await write(join(folder, 'Observation.ndjson'), resources);
    const importing = await costOf(() => lanyard(server, 'import', folder));
    await client.query('VACUUM ANALYZE');
    const copied = join(folder, 'copied');
    const copying = await costOf(() =>
      pipeline(client.query(to('COPY (SELECT body FROM resource_observation) TO STDOUT')), createWriteStream(copied)),
    );
    const bare = await bareCopy(server, client, join(folder, 'rows'));
    const headers = { authorization: `Bearer ${await server.logIn()}` };
    forgetHighest(server.pid);
    const exported = await costOf(async () => void (await exportAll(server, client, headers)));
    const { output, took } = await exportAll(server, client, headers);
    if (took.resources !== resources) throw new Error(`${took.resources} resources were exported.`);
    const urls = output.map(({ url }) => url);
    const plain = await costOf(() => download(urls, { ...headers, 'accept-encoding': 'identity' }));
    const compressed = await costOf(() => download(urls, { ...headers, 'accept-encoding': 'gzip' }));
    const memory = memoryOf(server.pid).highest;
    const others = await beside(server, client, headers);
    const measured = { importing, copying, bare, exported, took, plain, compressed, memory, others };
    const sizes = { resources, megabytes: statSync(copied).size / 1e6 };
    printTable(`bulk: ${resources} Observations, ${(source / 1e6).toFixed(0)} MB`, rowsOf(measured, sizes));
  } finally {
    await client.end();
  }
}

/**
 * @param {Record<'importing' | 'copying' | 'bare' | 'exported' | 'plain' | 'compressed', Cost> &
 *   { took: { seconds: number }, memory: number, others: { alone: number, beside: number } }} measured
 * @param {{ resources: number, megabytes: number }} sizes
 */
function rowsOf(measured, { resources, megabytes }) {
  const { importing, copying, bare, exported, took, plain, compressed, memory, others } = measured;
  const rate = (/** @type {number} */ seconds) => `${(megabytes / seconds).toFixed(0)} MB/s`;
  const each = (/** @type {number} */ seconds) => `${(resources / seconds).toFixed(0)} resources/s`;
  return [
    { what: 'COPY of the contents into a file', value: rate(copying.took) },
    { what: '  CPU of this process and PostgreSQL', value: cpu(copying, ['command', 'postgres']) },
    { what: '$export, from kick-off to manifest', value: rate(took.seconds) },
    { what: '  as a part of COPY', ...goal(copying.took / took.seconds, goals.export) },
    { what: '  CPU of server and PostgreSQL', value: cpu(exported, ['server', 'postgres']) },
    { what: '  CPU of COPY as a part of that', value: (sum(copying) / sum(exported)).toFixed(2) },
    { what: 'download of its files', value: rate(plain.took), target: `>= ${goals.download} MB/s` },
    { what: '  CPU of server and PostgreSQL', value: cpu(plain, ['server', 'postgres']) },
    { what: 'download, compressed on its way', value: rate(compressed.took) },
    { what: '  CPU of server and PostgreSQL', value: cpu(compressed, ['server', 'postgres']) },
    { what: 'resident memory of the server', value: `${memory.toFixed(0)} MB`, target: `<= ${goals.memory} MB` },
    { what: 'reads and searches of others, p99, alone', value: `${others.alone.toFixed(1)} ms` },
    { what: '  beside an export', value: `${others.beside.toFixed(1)} ms` },
    { what: '  times', value: (others.beside / others.alone).toFixed(2), target: `<= ${goals.others}` },
    { what: 'bare COPY into a table with the same indexes', value: each(bare.took) },
    { what: 'lanyard import', value: each(importing.took) },
    { what: '  as a part of COPY', ...goal(bare.took / importing.took, goals.import) },
    { what: '  CPU of the command and PostgreSQL', value: cpu(importing, ['command', 'postgres']) },
  ];
}

/** @param {number} value @param {number} least */
const goal = (value, least) => ({ value: value.toFixed(2), target: `>= ${least}` });

/** @param {Cost} cost @param {readonly ('server' | 'postgres' | 'command')[]} parts */
const cpu = (cost, parts) => parts.map((part) => `${cost[part].toFixed(1)} s`).join(' + ');

/** @param {Cost} cost */
const sum = ({ server, postgres, command }) => server + postgres + command;

/** @param {import('./lanyard.mjs').Lanyard} server @param {() => Promise<unknown>} work @returns {Promise<Cost>} */
async function measure(server, work) {
  const now = () => ({
    took: performance.now() / 1000,
    server: cpuOf(server.pid),
    postgres: cpuOfFamily(server.postgres.pid),
    command: cpuOf(process.pid) + cpuOfEnded(process.pid),
  });
  const before = now();
  await work();
  const after = now();
  return {
    took: after.took - before.took,
    server: after.server - before.server,
    postgres: after.postgres - before.postgres,
    command: after.command - before.command,
  };
}

/** @param {string} path @param {number} resources */
async function write(path, resources) {
  const file = createWriteStream(path);
  for (let n = 0; n < resources; n++) {
    const line = `${JSON.stringify({ ...anObservation(n, inOtherPlace(n)), id: `bulk-${n}` })}\n`;
    if (!file.write(line)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
  return statSync(path).size;
}

/** Runs the command on the database of the server. @param {import('./lanyard.mjs').Lanyard} server @param {string[]} words */
async function lanyard(server, ...words) {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], DATA_DIR: server.dataDir };
  const child = spawn(process.execPath, [join(dist, 'cli/main.js'), ...words], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`lanyard ${words.join(' ')} ended with ${code}`);
}

/** @param {import('./lanyard.mjs').Lanyard} server @param {Client} client @param {string} path */
async function bareCopy(server, client, path) {
  await pipeline(client.query(to('COPY resource_observation TO STDOUT')), createWriteStream(path));
  await client.query('CREATE TABLE bench_bare (LIKE resource_observation INCLUDING ALL)');
  const cost = await measure(server, () =>
    pipeline(createReadStream(path), client.query(from('COPY bench_bare FROM STDIN'))),
  );
  await client.query('DROP TABLE bench_bare');
  return cost;
}

/**
 * 99th percentile in ms of reads and searches at a steady pace, alone and while exports run.
 * @param {import('./lanyard.mjs').Lanyard} server @param {Client} client @param {Record<string, string>} headers
 */
async function beside(server, client, headers) {
  const job = {
    origin: server.origin,
    method: 'GET',
    paths: ['/fhir/r4/Observation/bulk-7', '/fhir/r4/Observation?_id=bulk-7,bulk-8&_count=20'],
    tokens: [headers['authorization']?.slice('Bearer '.length) ?? ''],
    count: requestsOfOthers,
    connections: 2,
    expect: 200,
    pause: 5,
  };
  const p99 = async () => {
    const { wrong, latencies } = await generateLoad(job);
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
    return latencies.toSorted((a, b) => a - b)[Math.floor(latencies.length * 0.99)] ?? NaN;
  };
  await p99();
  const alone = await p99();
  const over = new AbortController();
  const exports = (async () => {
    while (!over.signal.aborted) await exportAll(server, client, headers);
  })();
  const found = await p99();
  over.abort();
  await exports;
  return { alone, beside: found };
}
