// @ts-check
import { Issuer } from './issuer.mjs';
import { freePort, withLanyard } from './lanyard.mjs';
import { generateLoad } from './load-generator.mjs';
import { aPatient } from './patients.mjs';
import { cpuOf } from './process-cost.mjs';
import { startRawServer } from './raw-server.mjs';
import { inUnits, median, microseconds, printTable } from './table.mjs';

const patients = 500;
const tokens = 500;
const rounds = 15;
const readsPerRound = 2000;
const warmUp = 8000;
const connections = 8;
const prefix = '/fhir/r4/Patient/';

/** `GET Patient/{id}` with 500 tokens in rotation, against `node:http` + `pg` that send the same answers. */
export async function benchRead() {
  const issuer = await Issuer.start();
  const port = await freePort();
  try {
    const options = { port, variables: { TRUSTED_ISSUERS: issuer.trusted } };
    await withLanyard((server) => compare(server, issuer), options);
  } finally {
    issuer.close();
  }
}

/** @param {import('./lanyard.mjs').Lanyard} server @param {Issuer} issuer */
async function compare(server, issuer) {
  const bearers = Array.from({ length: tokens }, (_, n) => issuer.token(server.base, 'user/*.cruds', `user-${n}`));
  const paths = await makePatients(server, bearers);
  const sample = await answerOf(server.origin, paths[0] ?? '', bearers[0] ?? '');
  const raw = await startRawServer({ connection: server.postgres.connection, prefix, headers: fixed(sample.headers) });
  try {
    requireSame(sample, await answerOf(raw.origin, paths[0] ?? '', bearers[0] ?? ''));
    const sides = [server, raw].map(({ origin, pid }) => ({ origin, pid, costs: /** @type {number[]} */ ([]) }));
    /** @param {string} origin @param {number} count */
    const read = (origin, count) => load({ origin, paths, tokens: bearers, count });
    for (const { origin } of sides) await read(origin, warmUp);
    for (let round = 0; round < rounds; round++) {
      for (const { origin, pid, costs } of sides) {
        const before = cpuOf(pid);
        await read(origin, readsPerRound);
        costs.push(microseconds(cpuOf(pid) - before, readsPerRound));
      }
    }
    report(sides.map(({ costs }) => costs));
  } finally {
    await raw.stop();
  }
}

/** @param {{ origin: string, paths: string[], tokens: string[], count: number }} job */
async function load(job) {
  const { wrong } = await generateLoad({ ...job, method: 'GET', connections, expect: 200 });
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
}

/** @param {number[][]} costs */
function report([ours = [], raw = []]) {
  const ratios = ours.map((cost, round) => cost / (raw[round] ?? NaN));
  const spread = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
  printTable(`read: GET Patient/{id}, ${tokens} tokens, ${rounds} rounds of ${readsPerRound}`, [
    { what: 'server CPU per request, median', value: inUnits(median(ours), 'µs') },
    { what: 'node:http + pg, CPU per request, median', value: inUnits(median(raw), 'µs') },
    { what: `ratio, median (${spread})`, value: median(ratios).toFixed(2), target: '<= 1.5' },
  ]);
}

/** @param {import('./lanyard.mjs').Lanyard} server @param {string[]} bearers */
async function makePatients(server, bearers) {
  const bodies = Array.from({ length: patients }, (_, n) => JSON.stringify(aPatient(n)));
  const job = { origin: server.origin, method: 'POST', paths: [prefix.slice(0, -1)], tokens: bearers, bodies };
  const { wrong } = await generateLoad({ ...job, count: patients, connections: 2, expect: 201 });
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  const rows = await server.query(`SELECT id FROM resource WHERE type = 'Patient' ORDER BY id`);
  if (rows.length !== patients) throw new Error(`${rows.length} patients are stored instead of ${patients}.`);
  return rows.map(({ id }) => `${prefix}${id}`);
}

/** @typedef {{ status: number, headers: Record<string, string>, body: string }} Answer */

/** @param {string} origin @param {string} path @param {string} token @returns {Promise<Answer>} */
async function answerOf(origin, path, token) {
  const answer = await fetch(`${origin}${path}`, { headers: { authorization: `Bearer ${token}` } });
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() };
}

const madeByNode = ['connection', 'date', 'keep-alive', 'content-length'];
const differing = ['etag', 'last-modified', 'x-request-id'];

/** @param {Record<string, string>} headers */
const fixed = (headers) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => ![...madeByNode, ...differing].includes(name)));

/** A comparison counts only when both send the same. @param {Answer} ours @param {Answer} theirs */
function requireSame(ours, theirs) {
  if (ours.body !== theirs.body) throw new Error('The bodies of the two servers differ.');
  const [left, right] = [ours, theirs].map(({ status, headers }) => {
    const { date: _date, 'x-request-id': _id, ...comparable } = headers;
    return JSON.stringify([status, Object.entries(comparable).toSorted()]);
  });
  if (left !== right) throw new Error(`The answers differ:\n${left}\n${right}`);
}
