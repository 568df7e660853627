// @ts-check
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { dist } from '../scripts/paths.mjs';
import { freePort, Lanyard, withDataDir } from './lanyard.mjs';
import { generateLoad } from './load-generator.mjs';
import { anObservation, aPatient } from './patients.mjs';
import { cpuOf, cpuOfFamily } from './process-cost.mjs';
import { inUnits, median, printTable } from './table.mjs';

const rounds = 5;
const patients = 50;
const connections = 16;
/** Milliseconds until counters of rows were told, and each server has seen to the statistics of what it stored (docs/adr/0085). */
const untilAnalysed = 20_000;

/** Milliseconds of CPU for each request. @typedef {{ server: number, postgres: number }} Cost */
/** @typedef {{ what: string, server: Lanyard, token: string, costs: Map<string, Cost[]> }} Side */

/** Largest cost of a request of each kind as a multiple of that on plain PostgreSQL. @type {Readonly<Record<string, Readonly<Record<string, string>>>>} */
const targets = { coordinator: { read: '2.5' }, holders: { read: '1.2', search: '1.2' } };

/**
 * The same requests to a server on a plain database and to two on distributed ones, which ask the coordinator alone and read at the nodes that hold
 * the tenant (`DATABASE_NODES`). All are on the nodes of `CITUS_DATABASE_URL`: a coordinator on this machine, its workers too, and a user who may make
 * databases. CPU of all nodes counts.
 */
export async function benchCitus() {
  const url = process.env['CITUS_DATABASE_URL'];
  if (url === undefined) return console.log('\ncitus: skipped: CITUS_DATABASE_URL names no coordinator');
  const nodes = await nodesOf(url);
  const pids = await Promise.all(nodes.map(pidOf));
  const kinds = ['plain', ...Object.keys(targets)];
  const names = kinds.map((name) => `bench_${name}_${process.pid}`);
  try {
    await makeDatabases(nodes, names);
    await withDataDir(async (dataDir) => {
      /** @type {Side[]} */
      const sides = [];
      try {
        for (const [i, what] of kinds.entries())
          sides.push(await startSide({ what, dataDir, url: at(nodes[0] ?? url, names[i] ?? '') }));
        await sleep(untilAnalysed);
        await compare(sides, pids);
      } finally {
        for (const { server } of sides) await server.stop();
      }
    });
  } finally {
    for (const node of nodes) for (const name of names) await run(node, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  }
}

/** @param {readonly Side[]} sides @param {readonly number[]} pids */
async function compare(sides, pids) {
  const ids = Array.from({ length: patients }, (_, n) => `p${n}`);
  /** @type {Readonly<Record<string, Omit<import('./load-generator.mjs').Job, 'origin' | 'tokens' | 'connections'>>>} */
  const kinds = {
    read: { method: 'GET', paths: ids.map((id) => `/fhir/r4/Patient/${id}`), expect: 200, count: 2000 },
    search: {
      method: 'GET',
      paths: ids.map((id) => `/fhir/r4/Observation?patient=Patient/${id}&_sort=-date&_count=20`),
      expect: 200,
      count: 600,
    },
    'transaction of 50': { method: 'POST', paths: ['/fhir/r4/'], bodies: [transaction()], expect: 200, count: 40 },
  };
  for (let round = 0; round <= rounds; round++)
    for (const [kind, job] of Object.entries(kinds))
      for (const side of sides) {
        const cost = await costOf(side, job, pids);
        // The first round only warms up.
        if (round > 0) side.costs.set(kind, [...(side.costs.get(kind) ?? []), cost]);
      }
  for (const kind of Object.keys(kinds)) report(kind, sides);
}

/** @param {string} kind @param {readonly Side[]} sides */
function report(kind, sides) {
  /** @param {Side | undefined} side @param {(cost: Cost) => number} of */
  const usual = (side, of) => median((side?.costs.get(kind) ?? []).map(of));
  /** @param {Cost} cost */
  const server = (cost) => cost.server;
  /** @param {Cost} cost */
  const postgres = (cost) => cost.postgres;
  /** @param {Cost} cost */
  const all = (cost) => cost.server + cost.postgres;
  const [plain] = sides;
  printTable(
    `citus: ${kind}, CPU of server and of all nodes`,
    sides.flatMap((side) => [
      {
        what: side.what,
        value: `${inUnits(usual(side, server), 'ms', 2)}, ${inUnits(usual(side, postgres), 'ms', 2)}`,
      },
      ...(side === plain
        ? []
        : [
            {
              what: `${side.what}: nodes against plain`,
              value: inUnits(usual(side, postgres) / usual(plain, postgres), 'times', 2),
            },
            {
              what: `${side.what}: all of it against plain`,
              value: inUnits(usual(side, all) / usual(plain, all), 'times', 2),
              target: targets[side.what]?.[kind] ?? '1.6',
            },
          ]),
    ]),
  );
}

/** @param {Side} side @param {Omit<import('./load-generator.mjs').Job, 'origin' | 'tokens' | 'connections'>} job @param {readonly number[]} pids @returns {Promise<Cost>} */
async function costOf({ server, token }, job, pids) {
  const spent = () => [cpuOf(server.pid), pids.reduce((sum, pid) => sum + cpuOfFamily(pid), 0)];
  const [serverBefore = NaN, postgresBefore = NaN] = spent();
  const { wrong } = await generateLoad({ ...job, origin: server.origin, tokens: [token], connections });
  const [serverAfter = NaN, postgresAfter = NaN] = spent();
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  const each = (/** @type {number} */ seconds) => (seconds * 1000) / job.count;
  return { server: each(serverAfter - serverBefore), postgres: each(postgresAfter - postgresBefore) };
}

const transaction = () =>
  JSON.stringify({
    resourceType: 'Bundle',
    type: 'transaction',
    entry: Array.from({ length: 50 }, (_, n) => ({
      resource: anObservation(n),
      request: { method: 'POST', url: 'Observation' },
    })),
  });

/** @param {{ what: string, dataDir: string, url: string }} of @returns {Promise<Side>} */
async function startSide({ what, dataDir, url }) {
  const server = await Lanyard.start(dataDir, {
    port: await freePort(),
    variables: { DATABASE_URL: url, ...(what === 'holders' && { DATABASE_NODES: what }) },
  });
  const token = await server.logIn();
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' };
  for (let n = 0; n < patients; n++) {
    const id = `p${n}`;
    const entry = [
      { resource: { ...aPatient(n), id }, request: { method: 'PUT', url: `Patient/${id}` } },
      ...Array.from({ length: 30 }, (_, i) => ({
        resource: { ...anObservation(i), subject: { reference: `Patient/${id}` } },
        request: { method: 'POST', url: 'Observation' },
      })),
    ];
    const body = JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry });
    const answer = await fetch(server.base, { method: 'POST', headers, body });
    if (answer.status !== 200) throw new Error(`A transaction answered ${answer.status}: ${await answer.text()}`);
    await answer.body?.cancel();
  }
  return { what, server, token, costs: new Map() };
}

/** URLs of the coordinator, which is the first, and of its workers. @param {string} url */
async function nodesOf(url) {
  const workers = await run(
    url,
    `SELECT nodename, nodeport FROM pg_dist_node WHERE groupid <> 0 AND noderole = 'primary'`,
  );
  return [
    url,
    ...workers.map(({ nodename, nodeport }) => Object.assign(new URL(url), { host: `${nodename}:${nodeport}` }).href),
  ];
}

/** @param {readonly string[]} nodes @param {readonly string[]} names */
async function makeDatabases([coordinator = '', ...workers], [plain = '', ...distributed]) {
  await run(coordinator, `CREATE DATABASE ${plain}`);
  for (const name of distributed) await distribute([coordinator, ...workers], name);
}

/** @param {readonly string[]} nodes @param {string} name */
async function distribute([coordinator = '', ...workers], name) {
  for (const node of [coordinator, ...workers]) {
    await run(node, `CREATE DATABASE ${name}`);
    await run(at(node, name), 'CREATE EXTENSION citus');
  }
  const { hostname, port } = new URL(coordinator);
  await run(at(coordinator, name), `SELECT citus_set_coordinator_host('${hostname}', ${port})`);
  for (const worker of workers.map((one) => new URL(one)))
    await run(at(coordinator, name), `SELECT citus_add_node('${worker.hostname}', ${worker.port})`);
  const command = join(dist, 'cli/main.js');
  const env = { ...process.env, DATABASE_URL: at(coordinator, name) };
  execFileSync(process.execPath, [command, 'migrate', '--distribute'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** @param {string} url @param {string} database */
const at = (url, database) => Object.assign(new URL(url), { pathname: `/${database}` }).href;

/** @param {string} url */
async function pidOf(url) {
  const [row] = await run(url, `SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int AS pid`);
  return /** @type {number} */ (row.pid);
}

/** @param {string} url @param {string} statement @returns {Promise<any[]>} */
async function run(url, statement) {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}
