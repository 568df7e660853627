// @ts-check
import { withLanyard } from './lanyard.mjs';
import { generateLoad } from './load-generator.mjs';
import { aPatient } from './patients.mjs';
import { cpuOf, cpuOfFamily } from './process-cost.mjs';
import { inUnits, median, microseconds, printTable } from './table.mjs';

const patients = 500;
const rounds = 4;
const sessions = /** @type {const} */ ([8, 1]);
const kinds = /** @type {const} */ ({
  PUT: { method: 'PUT', what: 'PUT of one phone number of a Patient' },
  PATCH: { method: 'PATCH', what: 'PATCH of one phone number of a Patient' },
  again: { method: 'PUT', what: 'PUT of a Patient as it is' },
});

/** @typedef {keyof typeof kinds} Kind */

/** Bytes of all versions, and the end of the WAL. @param {import('./lanyard.mjs').Lanyard} server */
async function written(server) {
  const [{ wal, bodies, hot, updates }] = await server.query(`
    SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS wal,
      (SELECT sum(octet_length(body))::float8 FROM resource_patient) AS bodies,
      n_tup_hot_upd::float8 AS hot, n_tup_upd::float8 AS updates
    FROM pg_stat_user_tables WHERE relname = 'resource_patient'`);
  return { wal, bodies, hot, updates };
}

/** One phone number of each Patient. @param {string} token @param {import('./lanyard.mjs').Lanyard} server */
function sender(server, token) {
  const paths = Array.from({ length: patients }, (_, n) => `/fhir/r4/Patient/bench-${n}`);
  /** @param {number} round */
  const bodies = (round) =>
    paths.map((_, n) => {
      const patient = aPatient(n);
      const [phone, ...others] = patient.telecom;
      const telecom = [{ ...phone, value: `555-${round}-${1000 + n}` }, ...others];
      return JSON.stringify({ ...patient, id: `bench-${n}`, telecom });
    });
  let round = 0;
  /** @param {Kind} kind @param {number} connections @param {number} [expect] */
  return async (kind, connections, expect = 200) => {
    const { method } = kinds[kind];
    if (kind !== 'again') round++;
    const patch = JSON.stringify([{ op: 'replace', path: '/telecom/0/value', value: `555-9${round}` }]);
    const headers = { 'content-type': 'application/json-patch+json' };
    const sent = method === 'PATCH' ? { bodies: [patch], headers } : { bodies: bodies(round) };
    const job = { origin: server.origin, method, paths, tokens: [token], ...sent };
    const result = await generateLoad({ ...job, count: patients, connections, expect });
    if (result.wrong.length > 0) throw new Error(result.wrong.join('\n'));
    return result;
  };
}

/** @param {import('./lanyard.mjs').Lanyard} server @param {ReturnType<typeof sender>} send @param {Kind} kind @param {number} connections */
async function measure(server, send, kind, connections) {
  const costs = () => [cpuOf(server.pid), cpuOfFamily(server.postgres.pid)];
  const before = await written(server);
  const [serverBefore = NaN, postgresBefore = NaN] = costs();
  /** @type {number[]} */
  const latencies = [];
  let seconds = 0;
  for (let i = 0; i < rounds; i++) {
    const result = await send(kind, connections);
    seconds += result.seconds;
    latencies.push(...result.latencies);
  }
  const [serverAfter = NaN, postgresAfter = NaN] = costs();
  const after = await written(server);
  const count = patients * rounds;
  const bytes = (after.wal - before.wal) / count;
  const ofVersions = () => [
    { what: 'of it beyond two bodies', value: inUnits(bytes - (2 * after.bodies) / patients, 'B') },
    { what: 'updates that touch no index', value: inUnits((100 * (after.hot - before.hot)) / count, '%') },
  ];
  printTable(`update: ${count} times ${kinds[kind].what}, ${connections} connections`, [
    { what: 'updates', value: inUnits(count / seconds, '/s') },
    { what: 'latency, median', value: inUnits(median(latencies), 'ms', 2) },
    { what: 'server CPU per update', value: inUnits(microseconds(serverAfter - serverBefore, count), 'µs') },
    { what: 'PostgreSQL CPU per update', value: inUnits(microseconds(postgresAfter - postgresBefore, count), 'µs') },
    { what: 'WAL per update', value: inUnits(bytes, 'B') },
    ...(kind === 'again' ? [] : ofVersions()),
  ]);
}

/** Single updates, each a commit on disk, whole, as a patch, and of what is stored already. AuditEvents are measured by `access`. */
export function benchUpdate() {
  return withLanyard(
    async (server) => {
      const send = sender(server, await server.logIn());
      await send('PUT', 8, 201);
      for (let i = 0; i < rounds; i++) await send('PUT', 8);
      for (const connections of sessions) {
        await measure(server, send, 'PATCH', connections);
        await measure(server, send, 'PUT', connections);
        await measure(server, send, 'again', connections);
      }
    },
    { variables: { AUDIT: 'off' } },
  );
}
