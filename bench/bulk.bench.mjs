// @ts-check
import { once } from 'node:events';
import { createWriteStream, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { to } from 'pg-copy-streams';
import { Client } from 'pg';
import { benchEverything } from './bulk-everything.mjs';
import { benchSynthea } from './bulk-synthea.mjs';
import { benchWithin } from './bulk-within.mjs';
import { anObservation, inOtherPlace } from './clinical-records.mjs';
import { download, exportAll } from './export-run.mjs';
import { atLeast, bareCopy, costOf, cpu, importAll } from './import-run.mjs';
import { withLanyard } from './lanyard.mjs';
import { LoadGenerator } from './load-generator.mjs';
import { forgetHighest, memoryOf } from './process-cost.mjs';
import { percentile, printTable } from './table.mjs';

/** Goals of the ratios. */
const goals = { export: 0.7, download: 150, import: 0.35, memory: 200, others: 2 };
/** So many that their 99th percentile is not the first few, for which a process compiles. */
const requestsOfOthers = 1500;

/**
 * Data in bulk, by one process each, beside bare COPY of the same rows: into a file, and into a table with the same indexes. The
 * generator, PostgreSQL and the server share the processors. `--sizes=30k`: number of resources. Alone: `--within=1g` {@link benchWithin},
 * `--synthea` {@link benchSynthea}, `--everything=10k` {@link benchEverything}.
 * @param {readonly string[]} options
 */
export async function benchBulk(options = []) {
  const given = (/** @type {string} */ name) =>
    options.find((one) => one.startsWith(`--${name}=`))?.slice(`--${name}=`.length);
  const within = given('within');
  if (within !== undefined) return benchWithin(within);
  const record = given('everything');
  if (record !== undefined) return benchEverything(sizeOf(record));
  if (options.includes('--synthea')) return benchSynthea();
  const named = given('sizes') ?? '30k';
  for (const resources of named.split(',').map(sizeOf))
    await withLanyard((server) => run(server, resources), { variables: { EXPORT_FOR_USERS: 'on' } });
}

/** @param {string} text */
function sizeOf(text) {
  const resources = Number(text.replace(/k$/, '000').replace(/m$/, '000000'));
  if (!(resources > 0)) throw new Error(`There is no size ${text}; sizes are as 30k or 1m.`);
  return resources;
}

/** @typedef {import('./import-run.mjs').Cost} Cost */

/** @param {import('./lanyard.mjs').Lanyard} server @param {number} resources */
async function run(server, resources) {
  const folder = join(server.dataDir, 'bulk');
  mkdirSync(folder);
  const client = new Client(server.postgres.connection);
  await client.connect();
  const measure = (/** @type {() => Promise<unknown>} */ work) => costOf(server, work);
  try {
    const source = await write(join(folder, 'Observation.ndjson'), resources);
    const importing = await measure(() => importAll(server, [folder]));
    await client.query('VACUUM ANALYZE');
    const copied = join(folder, 'copied');
    const copying = await measure(() =>
      pipeline(client.query(to('COPY (SELECT body FROM resource_observation) TO STDOUT')), createWriteStream(copied)),
    );
    const bare = await bareCopy(server, client, { folder, tables: ['resource_observation'] });
    const headers = { authorization: `Bearer ${await server.logIn()}` };
    forgetHighest(server.pid);
    const exported = await measure(async () => void (await exportAll(server, client, headers)));
    const { output, took } = await exportAll(server, client, headers);
    if (took.resources !== resources) throw new Error(`${took.resources} resources were exported.`);
    const urls = output.map(({ url }) => url);
    const plain = await measure(() => download(urls, { ...headers, 'accept-encoding': 'identity' }));
    const compressed = await measure(() => download(urls, { ...headers, 'accept-encoding': 'gzip' }));
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
    { what: '  as a part of COPY', ...atLeast(copying.took / took.seconds, goals.export) },
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
    { what: '  as a part of COPY', ...atLeast(bare.took / importing.took, goals.import) },
    { what: '  CPU of the command and PostgreSQL', value: cpu(importing, ['command', 'postgres']) },
  ];
}

/** @param {Cost} cost */
const sum = ({ server, postgres, command }) => server + postgres + command;

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
  const generator = new LoadGenerator();
  const p99 = async () => {
    const { wrong, latencies } = await generator.send(job);
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
    return percentile(latencies, 0.99);
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
  generator.close();
  return { alone, beside: found };
}
