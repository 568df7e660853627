// @ts-check
import { sendFlood } from './flood-sender.mjs';
import { adminPassword, withLanyard } from './lanyard.mjs';
import { generateLoad } from './load-generator.mjs';
import { inUnits, median, percentile, printTable } from './table.mjs';

const rounds = 5;
const mostTimes = 2;
const requestsOfRound = 300;
const pauseOfCallers = 8;
/** Longer than the requests of a round take. */
const floodSeconds = 8;
const recordOf = 1500;

/** What one tenant sends as fast as it is answered. @typedef {{ what: string, path: string, connections: number, body?: string }} Attack */

/** @type {readonly Attack[]} */
const attacks = [
  {
    what: 'nested searches',
    path: `Observation?${'patient._has:Observation:patient:'.repeat(3)}code=nothing&_summary=count`,
    connections: 20,
  },
  { what: 'unindexed words', path: 'Observation?_content=nothing&_total=accurate&_sort=-date', connections: 20 },
  { what: 'values beyond VALUES_LIMIT', path: 'Patient', connections: 4, body: manyValues() },
  { what: 'one huge string', path: 'Patient', connections: 4, body: hugeString() },
  { what: 'transactions of 500', path: '', connections: 4, body: JSON.stringify(aRecord('flood', 500)) },
];

/** Measures what a tenant that floods the server costs another one: its reads and searches at a steady pace, with the flood and without, in turns. */
export function benchNeighbours() {
  return withLanyard(compare, { variables: { TENANTS: 'path' } });
}

/** @param {import('./lanyard.mjs').Lanyard} server */
async function compare(server) {
  await server.query(`UPDATE user_account SET grants = 'user/*.cruds operator/*.cruds'`);
  const operator = await server.logIn();
  const [calm, loud] = [await aTenant(server, operator, 'calm-clinic'), await aTenant(server, operator, 'loud-clinic')];
  await server.query('ANALYZE');
  for (const attack of attacks) await compareBeside(server, attack, { calm, loud });
}

/** @typedef {{ path: string, token: string }} Tenant */

/** @param {import('./lanyard.mjs').Lanyard} server @param {Attack} attack @param {{ calm: Tenant, loud: Tenant }} tenants */
async function compareBeside(server, { what, path, connections, body }, { calm, loud }) {
  const job = {
    origin: server.origin,
    method: 'GET',
    paths: [`${calm.path}/Patient/large`, `${calm.path}/Observation?patient=large&_sort=-date&_count=20`],
    tokens: [calm.token],
    count: requestsOfRound,
    connections: 2,
    expect: 200,
    pause: pauseOfCallers,
  };
  await generateLoad(job);
  /** @type {{ before: number[], beside: number[], rates: number[] }} */
  const found = { before: [], beside: [], rates: [] };
  /** @type {Record<string, number>} */
  const all = {};
  for (let round = 0; round < rounds; round++) {
    found.before.push(slowestOf(await generateLoad(job)));
    const flood = sendFlood({
      port: Number(new URL(server.origin).port),
      path: `${loud.path}/${path}`.replace(/\/$/, ''),
      tokens: [loud.token],
      perSecond: 1000,
      seconds: floodSeconds,
      connections,
      ...(body !== undefined && { body }),
    });
    found.beside.push(slowestOf(await generateLoad(job)));
    const { answers, seconds, statuses } = await flood;
    for (const [status, count] of Object.entries(statuses)) all[status] = (all[status] ?? 0) + count;
    found.rates.push(answers / seconds);
  }
  const times = median(found.beside.map((latency, round) => latency / (found.before[round] ?? NaN)));
  printTable(`neighbours: beside a tenant that sends ${what}, ${rounds} rounds`, [
    { what: 'read or search of the other, 95th percentile', value: inUnits(median(found.before), 'ms', 2) },
    { what: 'the same beside the flood', value: inUnits(median(found.beside), 'ms', 2) },
    {
      what: 'times the 95th percentile',
      value: times.toFixed(2),
      target: `<= ${mostTimes}: ${times <= mostTimes ? 'met' : 'missed'}`,
    },
    { what: 'answers to the flood', value: inUnits(median(found.rates), '/s') },
    {
      what: 'their statuses',
      value: Object.entries(all)
        .map(([status, count]) => `${count} × ${status}`)
        .join(', '),
    },
  ]);
}

/** Makes a tenant with a record. @param {import('./lanyard.mjs').Lanyard} server @param {string} operator @param {string} name @returns {Promise<Tenant>} */
async function aTenant(server, operator, name) {
  const path = `/t/${name}/fhir/r4`;
  const made = await send(`${server.origin}/admin/tenants`, operator, {
    name,
    administrator: 'admin',
    password: adminPassword,
  });
  if (made.status !== 201) throw new Error(`The tenant was answered ${made.status}.`);
  for (let i = 0; i < 100 && (await fetch(`${server.origin}${path}/metadata`)).status !== 200; i++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  const login = await send(`${server.origin}${path}/login`, undefined, { user: 'admin', password: adminPassword });
  const { access_token: token } = /** @type {{ access_token: string }} */ (await login.json());
  const stored = await send(`${server.origin}${path}`, token, aRecord('large', recordOf));
  if (stored.status !== 200) throw new Error(`The record was answered ${stored.status}.`);
  await stored.body?.cancel();
  return { path, token };
}

/** @param {string} url @param {string | undefined} token @param {object} body */
const send = (url, token, body) =>
  fetch(url, {
    method: 'POST',
    headers: {
      'content-type': url.endsWith('/fhir/r4') ? 'application/fhir+json' : 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });

/** @param {import('./load-generator.mjs').Result} result */
function slowestOf({ wrong, latencies }) {
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  return percentile(latencies, 0.95);
}

/** @param {string} id @param {number} observations */
function aRecord(id, observations) {
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      { resource: { resourceType: 'Patient', id }, request: { method: 'PUT', url: `Patient/${id}` } },
      ...Array.from({ length: observations }, (_, n) => ({
        resource: {
          resourceType: 'Observation',
          status: 'final',
          code: { coding: [{ system: 'http://loinc.org', code: `c${n % 50}` }] },
          subject: { reference: `Patient/${id}` },
        },
        request: { method: 'POST', url: 'Observation' },
      })),
    ],
  };
}

function manyValues() {
  return `{"resourceType":"Patient","x":[${'1.0,'.repeat(2_000_000)}1]}`;
}

function hugeString() {
  return `{"resourceType":"Patient","language":"${'x'.repeat(8_000_000)}"}`;
}
