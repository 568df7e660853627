// @ts-check
import { generateKeyPairSync } from 'node:crypto';
import { sendFlood } from './flood-sender.mjs';
import { Issuer } from './issuer.mjs';
import { withLanyard } from './lanyard.mjs';
import { generateLoad } from './load-generator.mjs';
import { aPatient } from './patients.mjs';
import { cpuOf } from './process-cost.mjs';
import { inUnits, median, percentile, printTable } from './table.mjs';

/** Invalid tokens a second, and the most times that the latency of valid callers may grow by them. */
const floodRate = 5000;
const mostTimes = 2;
const rounds = 5;
const readsOfRound = 500;
const pauseOfCallers = 4;
/** Longer than the reads of a round take. */
const floodSeconds = 5;

/**
 * Measures what a flood of invalid tokens costs valid callers: reads at a steady pace, with the flood and without, in
 * turns. The flood comes from one address beside the callers', with tokens that are all different, signed by nobody.
 */
export async function benchFlood() {
  const issuer = await Issuer.start();
  try {
    const variables = { TRUSTED_ISSUERS: issuer.trusted };
    await withLanyard((server) => compare(server, issuer), { variables });
    await withLanyard((server) => compareSearches(server, issuer), { variables });
  } finally {
    issuer.close();
  }
}

/** @param {import('./lanyard.mjs').Lanyard} server @param {Issuer} issuer */
async function compare(server, issuer) {
  const token = issuer.token(server.base, 'user/*.cruds', 'caller');
  const job = { origin: server.origin, tokens: [token], connections: 1 };
  const patient = { method: 'POST', paths: ['/fhir/r4/Patient'], bodies: [JSON.stringify(aPatient(1))] };
  requireRight(await generateLoad({ ...job, ...patient, count: 1, expect: 201 }));
  const [{ id }] = await server.query(`SELECT id FROM resource WHERE type = 'Patient'`);
  const read = { ...job, method: 'GET', paths: [`/fhir/r4/Patient/${id}`], expect: 200, pause: pauseOfCallers };
  const forged = forgedTokens(issuer, server.base);
  requireRight(await generateLoad({ ...read, count: readsOfRound }));
  /** @type {{ calm: number[], flooded: number[], rates: number[], costs: number[] }} */
  const found = { calm: [], flooded: [], rates: [], costs: [] };
  for (let round = 0; round < rounds; round++) {
    found.calm.push(latencyOf(await generateLoad({ ...read, count: readsOfRound })));
    const before = cpuOf(server.pid);
    const flood = sendFlood({
      port: Number(new URL(server.origin).port),
      path: `/fhir/r4/Patient/${id}`,
      tokens: forged,
      perSecond: floodRate,
      seconds: floodSeconds,
      connections: 64,
    });
    found.flooded.push(latencyOf(await generateLoad({ ...read, count: readsOfRound })));
    const { answers, seconds, statuses } = await flood;
    const others = Object.keys(statuses).filter((status) => status !== '401' && status !== '429');
    if (others.length > 0) throw new Error(`Invalid tokens were answered ${others.join(', ')}.`);
    found.rates.push(answers / seconds);
    found.costs.push(((cpuOf(server.pid) - before) / answers) * 1e6);
  }
  report(found);
}

const recordOf = 2000;
const searchesAtOnce = 20;

/**
 * Measures what twenty searches at once of a one-patient app cost others: its record is large, each search leads
 * back to it by references, and the next is sent when one has its answer.
 * @param {import('./lanyard.mjs').Lanyard} server @param {Issuer} issuer
 */
async function compareSearches(server, issuer) {
  const loader = issuer.token(server.base, 'user/*.cruds', 'loader');
  const job = { origin: server.origin, tokens: [loader], connections: 1 };
  const write = {
    ...job,
    method: 'POST',
    paths: ['/fhir/r4'],
    bodies: [JSON.stringify(aRecord())],
    count: 1,
    expect: 200,
  };
  requireRight(await generateLoad(write));
  await server.query('ANALYZE');
  const tokens = Array.from({ length: 5 }, (_, n) => issuer.token(server.base, 'user/*.rs', `reader-${n}`));
  const read = { ...job, tokens, method: 'GET', paths: ['/fhir/r4/Patient/other'], expect: 200, pause: pauseOfCallers };
  requireRight(await generateLoad({ ...read, count: readsOfRound }));
  /** @type {{ calm: number[], flooded: number[], rates: number[] }} */
  const found = { calm: [], flooded: [], rates: [] };
  /** @type {Record<string, number>} */
  const all = {};
  for (let round = 0; round < rounds; round++) {
    found.calm.push(slowestOf(await generateLoad({ ...read, count: readsOfRound })));
    const flood = sendFlood({
      port: Number(new URL(server.origin).port),
      path: `/fhir/r4/Observation?${'patient._has:Observation:patient:'.repeat(3)}code=nothing&_summary=count`,
      tokens: [issuer.token(server.base, 'patient/*.rs', 'app', { patient: 'large' })],
      perSecond: 1000,
      seconds: floodSeconds,
      connections: searchesAtOnce,
    });
    found.flooded.push(slowestOf(await generateLoad({ ...read, count: readsOfRound })));
    const { answers, seconds, statuses } = await flood;
    for (const [status, count] of Object.entries(statuses)) all[status] = (all[status] ?? 0) + count;
    found.rates.push(answers / seconds);
  }
  reportSearches(found, all);
}

/** @param {{ calm: number[], flooded: number[], rates: number[] }} found @param {Record<string, number>} all */
function reportSearches(found, all) {
  const others = Object.keys(all).filter((status) => !['200', '429', '503'].includes(status));
  if (others.length > 0) throw new Error(`Searches were answered ${others.join(', ')}.`);
  const times = median(found.flooded.map((latency, round) => latency / (found.calm[round] ?? NaN)));
  const answered = Object.entries(all).map(([status, count]) => `${count} × ${status}`);
  printTable(`flood: reads beside ${searchesAtOnce} nested searches at once of one record, ${rounds} rounds`, [
    { what: 'read, 95th percentile', value: inUnits(median(found.calm), 'ms', 2) },
    { what: 'the same beside the searches', value: inUnits(median(found.flooded), 'ms', 2) },
    {
      what: 'times the 95th percentile',
      value: times.toFixed(2),
      target: `<= ${mostTimes}: ${times <= mostTimes ? 'met' : 'missed'}`,
    },
    { what: 'searches answered', value: inUnits(median(found.rates), '/s') },
    { what: 'their answers', value: answered.join(', ') },
  ]);
}

function aRecord() {
  const patients = ['large', 'other'].map((id) => ({
    resource: { resourceType: 'Patient', id },
    request: { method: 'PUT', url: `Patient/${id}` },
  }));
  const observations = Array.from({ length: recordOf }, (_, n) => ({
    resource: {
      resourceType: 'Observation',
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: `c${n % 50}` }] },
      subject: { reference: 'Patient/large' },
    },
    request: { method: 'POST', url: 'Observation' },
  }));
  return { resourceType: 'Bundle', type: 'transaction', entry: [...patients, ...observations] };
}

/** The 95th percentile. @param {import('./load-generator.mjs').Result} result */
function slowestOf(result) {
  requireRight(result);
  return percentile(result.latencies, 0.95);
}

/** @param {import('./load-generator.mjs').Result} result */
function requireRight({ wrong }) {
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
}

/** @param {import('./load-generator.mjs').Result} result */
function latencyOf(result) {
  requireRight(result);
  return median(result.latencies);
}

/** @param {{ calm: number[], flooded: number[], rates: number[], costs: number[] }} found */
function report({ calm, flooded, rates, costs }) {
  const times = median(flooded.map((latency, round) => latency / (calm[round] ?? NaN)));
  printTable(`flood: reads at a steady pace beside ${floodRate} invalid tokens a second, ${rounds} rounds`, [
    { what: 'latency of a read, median', value: inUnits(median(calm), 'ms', 2) },
    { what: 'the same beside the flood', value: inUnits(median(flooded), 'ms', 2) },
    {
      what: 'times the latency',
      value: times.toFixed(2),
      target: `<= ${mostTimes}: ${times <= mostTimes ? 'met' : 'missed'}`,
    },
    { what: 'invalid tokens that were refused', value: inUnits(median(rates), '/s') },
    { what: 'CPU of the server for each, reads included', value: inUnits(median(costs), 'µs') },
  ]);
}

/** Well-formed tokens of a trusted issuer that another key has signed: nothing but their signature is wrong. @param {Issuer} issuer @param {string} audience */
function forgedTokens(issuer, audience) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const forger = issuer.signedBy(privateKey);
  return Array.from({ length: 500 }, (_, n) => forger.token(audience, 'user/*.cruds', `forged-${n}`));
}
