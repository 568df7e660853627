// @ts-check
import { generateLoad } from './load-generator.mjs';
import { freePort, Lanyard, withDataDir } from './lanyard.mjs';
import { anObservation, aPatient } from './patients.mjs';
import { cpuOf, cpuOfFamily, memoryOf } from './process-cost.mjs';

const connectionCounts = [1, 8, 32, 128];
const patients = 200;
const observationsEach = 10;

/** A kind of request, and how often it is sent over 8 connections and more. @typedef {{ name: string, count: number, request: Pick<import('./load-generator.mjs').Job, 'method' | 'paths' | 'bodies' | 'expect'> }} Kind */
/** @typedef {{ kind: string, connections: number, replicas: number, perSecond: number, server: number, postgres: number, p50: number, p95: number, p99: number, delay: number }} Line */

/**
 * Requests a second and what one costs, by connections and replicas. The generator and PostgreSQL share the processors with
 * the servers: on a machine of its own each would do better.
 */
export async function benchLoad() {
  await withDataDir((first) => withDataDir((second) => run(first, second)));
}

/** @param {string} firstFolder @param {string} secondFolder */
async function run(firstFolder, secondFolder) {
  const port = await freePort();
  const first = await start(firstFolder, port, {});
  try {
    const token = await first.server.logIn();
    const ids = await prepare(first.server, token);
    const { host, user, database } = first.server.postgres.connection;
    const second = await start(secondFolder, await freePort(), {
      DATABASE_URL: `postgres://${user}@/${database}?host=${encodeURIComponent(String(host))}`,
      PUBLIC_URL: first.server.origin,
    });
    try {
      // As autovacuum does within a minute.
      await first.server.query('ANALYZE');
      print(await measure([first, second], token, ids));
    } finally {
      await second.server.stop();
    }
    const { now, highest } = memoryOf(first.server.pid);
    console.log(
      `\n  resident memory of the first server: ${now.toFixed(0)} MB, at its highest ${highest.toFixed(0)} MB`,
    );
    console.log(
      `  start until ready, first time, initdb and migrations included: ${first.server.startedIn.toFixed(1)} s`,
    );
  } finally {
    await first.server.stop();
  }
}

/** @typedef {{ server: Lanyard, metrics: string }} Replica */

/** @param {string} folder @param {number} port @param {Record<string, string>} variables @returns {Promise<Replica>} */
async function start(folder, port, variables) {
  const metricsPort = await freePort();
  const server = await Lanyard.start(folder, { port, variables: { METRICS_PORT: String(metricsPort), ...variables } });
  return { server, metrics: `http://127.0.0.1:${metricsPort}/metrics` };
}

/** Patients with Observations. @param {Lanyard} server @param {string} token @returns {Promise<string[]>} */
async function prepare({ base }, token) {
  const ids = Array.from({ length: patients }, (_, n) => `bench-${n}`);
  for (const [n, id] of ids.entries()) {
    const observations = Array.from({ length: observationsEach }, () => ({
      resource: { ...anObservation(n), subject: { reference: `Patient/${id}` } },
      request: { method: 'POST', url: 'Observation' },
    }));
    const patient = { resource: { ...aPatient(n), id }, request: { method: 'PUT', url: `Patient/${id}` } };
    const answer = await fetch(base, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
      body: JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry: [patient, ...observations] }),
    });
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
  }
  return ids;
}

/** @param {string[]} ids @returns {Kind[]} */
function kindsOf(ids) {
  const base = '/fhir/r4';
  const entry = Array.from({ length: 50 }, (_, n) => ({
    resource: anObservation(n),
    request: { method: 'POST', url: 'Observation' },
  }));
  return [
    {
      name: 'read',
      count: 4000,
      request: { method: 'GET', paths: ids.map((id) => `${base}/Patient/${id}`), expect: 200 },
    },
    {
      name: 'search',
      count: 2000,
      request: {
        method: 'GET',
        paths: ids.map((id) => `${base}/Observation?patient=${id}&code=http://loinc.org|8302-2`),
        expect: 200,
      },
    },
    {
      name: 'create',
      count: 1000,
      request: {
        method: 'POST',
        paths: [`${base}/Observation`],
        bodies: ids.map((_, n) => JSON.stringify(anObservation(n))),
        expect: 201,
      },
    },
    {
      name: 'transaction of 50',
      count: 64,
      request: {
        method: 'POST',
        paths: [base],
        bodies: [JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry })],
        expect: 200,
      },
    },
  ];
}

/** @param {Replica[]} replicas @param {string} token @param {string[]} ids @returns {Promise<Line[]>} */
async function measure(replicas, token, ids) {
  /** @type {Line[]} */
  const lines = [];
  // One kind after the other, so that both numbers of replicas meet the same rows.
  for (const kind of kindsOf(ids)) {
    for (const asked of [replicas.slice(0, 1), replicas]) {
      // Warms the code and the connections up.
      await send(asked, token, { ...kind, count: Math.ceil(kind.count / 4) }, 8);
      for (const connections of connectionCounts) lines.push(await measureOne(asked, token, kind, connections));
    }
  }
  return lines;
}

/** @param {Replica[]} replicas @param {string} token @param {Kind} kind @param {number} connections @returns {Promise<Line>} */
async function measureOne(replicas, token, kind, connections) {
  const count = connections === 1 ? Math.ceil(kind.count / 4) : kind.count;
  const postgres = /** @type {Replica} */ (replicas[0]).server.postgres.pid;
  const spent = () => [
    replicas.reduce((sum, { server }) => sum + cpuOf(server.pid), 0) * 1000,
    cpuOfFamily(postgres) * 1000,
  ];
  await Promise.all(replicas.map(delayOf));
  const [serverBefore = NaN, postgresBefore = NaN] = spent();
  const { seconds, latencies } = await send(replicas, token, { ...kind, count }, connections);
  const [serverAfter = NaN, postgresAfter = NaN] = spent();
  const delays = await Promise.all(replicas.map(delayOf));
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (/** @type {number} */ share) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  return {
    kind: kind.name,
    connections,
    replicas: replicas.length,
    perSecond: latencies.length / seconds,
    server: (serverAfter - serverBefore) / latencies.length,
    postgres: (postgresAfter - postgresBefore) / latencies.length,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    delay: Math.max(...delays),
  };
}

/** Each replica gets its share of the connections, one at least. @param {Replica[]} replicas @param {string} token @param {Kind} kind @param {number} connections */
async function send(replicas, token, { request, count }, connections) {
  const asked = replicas.slice(0, connections);
  const results = await Promise.all(
    asked.map(({ server }) =>
      generateLoad({
        ...request,
        origin: server.origin,
        tokens: [token],
        count: Math.ceil(count / asked.length),
        connections: Math.ceil(connections / asked.length),
      }),
    ),
  );
  const wrong = results.flatMap((result) => result.wrong);
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  return {
    seconds: Math.max(...results.map(({ seconds }) => seconds)),
    latencies: results.flatMap(({ latencies }) => latencies),
  };
}

/** The 99th percentile of the delay of the event loop since it was last asked for, in ms. @param {Replica} replica */
async function delayOf({ metrics }) {
  const text = await (await fetch(metrics)).text();
  return Number(/^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(text)?.[1] ?? NaN) * 1000;
}

/** As Markdown, for docs/performance.md. @param {readonly Line[]} lines */
function print(lines) {
  console.log(
    '\n| request | replicas | connections | /s | server CPU ms | PostgreSQL CPU ms | p50 ms | p95 ms | p99 ms | event loop p99 ms |',
  );
  console.log('|---|---|---|---|---|---|---|---|---|---|');
  for (const { kind, replicas, connections, perSecond, server, postgres, p50, p95, p99, delay } of lines) {
    const times = [p50, p95, p99].map((ms) => ms.toFixed(1));
    const cells = [
      kind,
      replicas,
      connections,
      perSecond.toFixed(0),
      server.toFixed(2),
      postgres.toFixed(2),
      ...times,
      delay.toFixed(0),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
