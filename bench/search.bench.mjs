// @ts-check
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { generateLoad } from './load-generator.mjs';
import { freePort, withDataDir, withServerIn } from './lanyard.mjs';
import { probeSocket } from './probe-socket.mjs';
import { cpuOf, cpuOfFamily } from './process-cost.mjs';
import { loadPopulation } from './search-load.mjs';
import { searchQueries } from './search-queries.mjs';
import { median } from './table.mjs';

/** @typedef {import('./search-queries.mjs').Query} Query */
/** Per request: CPU in ms of the server and of PostgreSQL; times of all; what the probe saw. @typedef {{ server: number[], postgres: number[], latencies: number[], p95: number[], stall: number, statements: number, rows: number }} Measured */

const sizes = /** @type {Record<string, number>} */ ({
  '10k': 10_000,
  '100k': 100_000,
  '1m': 1_000_000,
  '10m': 10_000_000,
});
const rounds = 5;
/** ms that a round of one query takes about. */
const roundLength = 700;
/** The growth of p95 is the median of the rounds: the machine may be busy in some of them. */
const floors = { readById: 3, growth: 2, stall: 50 };

/**
 * Measures searches, and if their cost grows with the stored data: floors beside the results. `--sizes 100k,1m`;
 * without it 10k and 100k, which takes some minutes.
 * @param {readonly string[]} [options]
 */
export async function benchSearch(options = []) {
  const names = sizesOf(options);
  await withServers(names, async (servers) => {
    const missed = await compare(servers);
    if (missed.length > 0) throw new Error(`Floors were missed:\n${missed.join('\n')}`);
  });
}

/** @param {readonly string[]} options */
function sizesOf(options) {
  const named = options.find((one) => one.startsWith('--sizes='))?.slice('--sizes='.length) ?? '10k,100k';
  const names = named.toLowerCase().split(',');
  const unknown = names.filter((name) => !(name in sizes));
  if (unknown.length > 0)
    throw new Error(`There is no size ${unknown.join(', ')}; there are ${Object.keys(sizes).join(', ')}.`);
  return names;
}

/** A server, its population, and how to ask its probe. @typedef {{ name: string, server: import('./lanyard.mjs').Lanyard, queries: Query[] }} Populated */

/** All at once, so that a round compares them under the same circumstances. @param {readonly string[]} names @param {(servers: Populated[]) => Promise<void>} work @param {Populated[]} [ready] @returns {Promise<void>} */
async function withServers([name, ...others], work, ready = []) {
  if (name === undefined) return work(ready);
  const count = /** @type {number} */ (sizes[name]);
  // The records of the audit are statements and work of their own: the audit has a bench.
  const options = { port: await freePort(), variables: { AUDIT: 'off' } };
  const flags = ['--import', fileURLToPath(new URL('stall-probe.mjs', import.meta.url))];
  await withDataDir(async (dataDir) => {
    await withServerIn(dataDir, options, (server) => load(server, count));
    await withServerIn(dataDir, { ...options, flags }, async (server) => {
      console.log(`search: a warm start with ${name} took ${server.startedIn.toFixed(2)} s`);
      await withServers(others, work, [...ready, { name, server, queries: searchQueries(count) }]);
    });
  });
}

/** Stores so many resources, and prints how fast, and what an Observation takes on disk. @param {import('./lanyard.mjs').Lanyard} server @param {number} count */
async function load(server, count) {
  const { stored, rowsIn, seconds, size } = await loadPopulation(server, count);
  const speed = (stored / seconds).toFixed(0);
  console.log(
    `search: ${stored} resources in ${seconds.toFixed(0)} s (rows ${rowsIn.toFixed(0)} s), ${speed}/s, ${size.toFixed(0)} MB`,
  );
  const parts = await server.query(`
    WITH observations AS (SELECT greatest(reltuples, 1) AS rows FROM pg_class WHERE oid = 'resource_observation'::regclass)
    SELECT 'rows' AS part, pg_table_size('resource_observation') / rows AS bytes FROM observations
    UNION ALL
    SELECT replace(indexrelid::regclass::text, 'resource_observation_', ''), pg_relation_size(indexrelid) / rows
    FROM pg_index, observations WHERE indrelid = 'resource_observation'::regclass ORDER BY bytes DESC`);
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const list = parts.map(({ part, bytes }) => `${part} ${bytes.toFixed(0)}`).join(', ');
  console.log(`search: an Observation takes ${total.toFixed(0)} bytes: ${list}`);
}

/** Prints each query, and returns what misses its floor. @param {readonly Populated[]} servers @returns {Promise<string[]>} */
async function compare(servers) {
  await warmUp(servers);
  /** @type {string[]} */
  const missed = [];
  console.log(`\n${heading()}`);
  const queries = servers[0]?.queries ?? [];
  const reads = await measureAll(servers, 0);
  for (const [i, { same = false }] of queries.entries()) {
    const measured = await measureAll(servers, i);
    const growth = growthOf(measured);
    for (const [at, one] of measured.entries()) {
      const isLast = growth !== undefined && at === measured.length - 1;
      const ofRead = cpuOfBoth(one) / cpuOfBoth(reads[at] ?? one);
      missed.push(
        ...report(/** @type {Populated} */ (servers[at]), i, one, {
          ofRead,
          same,
          growth: isLast ? growth : undefined,
        }),
      );
    }
  }
  return missed;
}

/** @param {Measured} measured */
const cpuOfBoth = ({ server, postgres }) => median(server) + median(postgres);

/** From the smallest to the largest, the median of the rounds. @param {readonly Measured[]} measured */
function growthOf(measured) {
  const [least, most] = [measured[0], measured.at(-1)];
  if (!least || !most || measured.length < 2) return undefined;
  return median(most.p95.map((one, round) => one / (least.p95[round] ?? NaN)));
}

/** @typedef {{ ofRead: number, growth: number | undefined, same: boolean }} Judged */

/** Prints a line, and returns what it says that misses a floor. @param {Populated} populated @param {number} i @param {Measured} one @param {Judged} judged */
function report({ name, queries }, i, one, judged) {
  const query = /** @type {Query} */ (queries[i]);
  const findings = missedFloors(query, one, judged);
  console.log(line(query.what, name, one, { ...judged, findings }));
  return findings.map((finding) => `${query.what} at ${name}: ${finding}`);
}

/** The compiler of V8 settles after thousands of requests. @param {readonly Populated[]} servers */
async function warmUp(servers) {
  for (const populated of servers) {
    for (const i of [0, 1, 2, 0]) await send({ ...(await prepare(populated, i)), count: 1000 });
  }
}

/** @param {Query} query @param {Measured} measured @param {Judged} judged */
function missedFloors({ what, statements = 1 }, measured, { ofRead, growth = 0, same }) {
  const findings = [];
  if (what === 'patient + code' && ofRead > floors.readById) findings.push(`${ofRead.toFixed(1)} times a read by id`);
  if (same && growth > floors.growth) findings.push(`p95 grows ${growth.toFixed(1)} times`);
  if (measured.stall > floors.stall) findings.push(`the event loop stood for ${measured.stall.toFixed(0)} ms`);
  if (measured.statements > statements) findings.push(`${measured.statements} statements`);
  return findings;
}

/** @param {readonly Populated[]} servers @param {number} i @returns {Promise<Measured[]>} */
async function measureAll(servers, i) {
  const jobs = await Promise.all(servers.map((populated) => prepare(populated, i)));
  /** @type {Measured[]} */
  const measured = jobs.map(({ rows, statements }) => ({
    server: [],
    postgres: [],
    latencies: [],
    p95: [],
    stall: 0,
    statements,
    rows,
  }));
  for (let round = 0; round < rounds; round++) {
    for (const [at, job] of jobs.entries()) {
      const one = /** @type {Measured} */ (measured[at]);
      const { server, postgres, latencies, stall } = await send(job);
      one.server.push(server);
      one.postgres.push(postgres);
      one.latencies.push(...latencies);
      one.p95.push(percentile(latencies, 95));
      one.stall = Math.max(one.stall, stall);
    }
  }
  return measured;
}

/** @typedef {{ server: import('./lanyard.mjs').Lanyard, token: string, paths: string[], count: number, connections: number, rows: number, statements: number }} Job */

/** Asks some, to warm up and to know how many make a round. @param {Populated} populated @param {number} i @returns {Promise<Job>} */
async function prepare({ server, queries }, i) {
  const query = /** @type {Query} */ (queries[i]);
  const token = await server.logIn();
  const paths = Array.from({ length: 200 }, (_, n) => `/fhir/r4/${encodeURI(query.path(n)).replaceAll('|', '%7C')}`);
  await probe(server);
  const from = performance.now();
  const rows = await rowsOf(server, token, paths[0] ?? '');
  // A count of millions takes seconds.
  const isLong = performance.now() - from > roundLength;
  const { statements } = await probe(server);
  const job = { server, token, paths, connections: query.connections ?? 2, rows, statements };
  const first = await send({ ...job, count: isLong ? 1 : Math.min(query.most ?? 20, 20) });
  const count = Math.max(
    Math.min(Math.round(roundLength / median(first.latencies)), query.most ?? 600),
    isLong ? 1 : 3,
  );
  return { ...job, count };
}

/** @param {import('./lanyard.mjs').Lanyard} server @param {string} token @param {string} path */
async function rowsOf(server, token, path) {
  const answer = await fetch(server.origin + path, { headers: { authorization: `Bearer ${token}` } });
  const body = /** @type {any} */ (await answer.json());
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${JSON.stringify(body)}`);
  return body.entry?.length ?? body.total ?? 1;
}

/** @param {Job} job */
async function send({ server, token, paths, count, connections }) {
  const spent = () => [cpuOf(server.pid), cpuOfFamily(server.postgres.pid)].map((seconds) => seconds * 1000);
  const [serverBefore = NaN, postgresBefore = NaN] = spent();
  await probe(server);
  const requests = { origin: server.origin, method: 'GET', paths, tokens: [token], count, connections, expect: 200 };
  const { wrong, latencies } = await generateLoad(requests);
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  const [serverAfter = NaN, postgresAfter = NaN] = spent();
  const { longest } = await probe(server);
  return {
    server: (serverAfter - serverBefore) / count,
    postgres: (postgresAfter - postgresBefore) / count,
    latencies,
    stall: longest,
  };
}

/** Reads the work of the server since the last call. @param {import('./lanyard.mjs').Lanyard} server @returns {Promise<{ longest: number, statements: number }>} */
const probe = async ({ dataDir }) => JSON.parse(await text(connect(join(dataDir, probeSocket))));

/** @param {readonly number[]} values @param {number} percent */
function percentile(values, percent) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? NaN;
}

const widths = [34, 6, 8, 9, 11, 8, 8, 8, 8, 7, 7];
/** @param {readonly string[]} cells */
const aligned = (cells) =>
  cells.map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' ');

const heading = () =>
  aligned([
    'CPU and times in ms',
    '',
    'entries',
    'server',
    'PostgreSQL',
    'p50',
    'p95',
    ': read',
    'growth',
    'SQL',
    'stall',
  ]);

/** @param {string} what @param {string} name @param {Measured} one @param {{ ofRead: number, growth: number | undefined, findings: readonly string[] }} judged */
function line(what, name, one, { ofRead, growth, findings }) {
  const cells = [
    what,
    name,
    String(one.rows),
    median(one.server).toFixed(2),
    median(one.postgres).toFixed(2),
    percentile(one.latencies, 50).toFixed(2),
    percentile(one.latencies, 95).toFixed(2),
    ofRead.toFixed(1),
    growth === undefined ? '' : growth.toFixed(1),
    String(one.statements),
    one.stall.toFixed(0),
  ];
  return `${aligned(cells)}${findings.length > 0 ? `  missed: ${findings.join(', ')}` : ''}`;
}
