// @ts-check
import { withLanyard } from './lanyard.mjs';
import { LoadGenerator } from './load-generator.mjs';
import { crudMix, importBundles, load, transactionOf } from './peer-work.mjs';
import { aPatient } from './patients.mjs';
import { readSynthea } from './synthea.mjs';
import { median, percentile, printTable } from './table.mjs';

const patients = 2000;
const rounds = 3;
/** Connections, and how often a request is sent over them in a round: reads and searches, writes, transactions. */
const loads = /** @type {const} */ ([
  [1, { get: 300, write: 150, transaction: 15 }],
  [8, { get: 1500, write: 600, transaction: 60 }],
  [32, { get: 3000, write: 1200, transaction: 96 }],
]);
const mixConnections = [8, 32];
const mixSeconds = 20;
const importConnections = 20;
const importSeconds = 60;
/** Milliseconds in which audit records become AuditEvents, so that their cost is not the next request's. */
const patience = 600_000;

/** One server that is asked. @typedef {import('./peer-work.mjs').Peer} Peer */
/** @typedef {{ what: string, of: 'get' | 'write' | 'transaction', request: Pick<import('./load-generator.mjs').Job, 'method' | 'paths' | 'bodies' | 'expect'> }} Kind */

/**
 * The shapes that others measure FHIR servers by, of this server and, in turns, of one that runs already: requests of each kind, a mix of create, read, update and
 * delete, and the import of Synthea's bundles. Nothing but FHIR R4 is asked of it, and ids are the server's.
 * @param {readonly string[]} options `--peer=http://127.0.0.1:8080/fhir`; its Bearer token is in PEER_TOKEN
 */
export function benchPeers(options) {
  const url = options.find((option) => option.startsWith('--peer='))?.slice('--peer='.length);
  return withLanyard(
    async (server) => {
      const own = { name: 'lanyard', base: server.base, token: await server.logIn() };
      const other = { name: 'peer', base: url?.replace(/\/+$/, '') ?? '', token: process.env['PEER_TOKEN'] };
      const peers = url === undefined ? [own] : [own, other];
      const settle = () => server.untilSealed(patience);
      await compareRequests(peers, settle);
      await compareMixes(peers, settle);
      await compareImports(peers);
    },
    { variables: { LOGIN_TOKEN_TTL: '86400' } },
  );
}

/** A server, and what it is asked. @typedef {{ peer: Peer, kinds: readonly Kind[] }} Side */

/** @param {readonly Peer[]} peers @param {() => Promise<void>} settle */
async function compareRequests(peers, settle) {
  /** @type {Side[]} */
  const sides = [];
  for (const peer of peers) sides.push({ peer, kinds: kindsOf(peer, await load(peer, patients)) });
  await settle();
  const generator = new LoadGenerator();
  try {
    for (const [connections, counts] of loads) {
      const rows = [];
      for (const [n, { what, of }] of (sides[0]?.kinds ?? []).entries()) {
        rows.push(row(what, await inTurns(sides, n, { generator, connections, count: counts[of] })));
        if (of !== 'get') await settle();
      }
      printTable(`peers: requests a second over ${connections} connections, and the 95th percentile`, rows);
    }
  } finally {
    generator.close();
  }
}

/** Sends the n-th kind to each side, round by round; the first round compiles and plans. @param {readonly Side[]} sides @param {number} n @param {{ generator: LoadGenerator, connections: number, count: number }} load @returns {Promise<readonly Found[]>} */
async function inTurns(sides, n, { generator, connections, count }) {
  const found = sides.map(() => ({ rates: /** @type {number[]} */ ([]), latencies: /** @type {number[]} */ ([]) }));
  for (let round = 0; round <= rounds; round++)
    for (const [i, { peer, kinds }] of sides.entries()) {
      const { what, request } = /** @type {Kind} */ (kinds[n]);
      const tokens = peer.token === undefined ? [] : [peer.token];
      const { origin } = new URL(peer.base);
      const { wrong, seconds, latencies } = await generator.send({ ...request, origin, tokens, connections, count });
      if (wrong.length > 0) throw new Error(`${peer.name}, ${what}: ${wrong.join(', ')}`);
      if (round === 0) continue;
      found[i]?.rates.push(count / seconds);
      found[i]?.latencies.push(...latencies);
    }
  return found.map(({ rates, latencies }) => ({ perSecond: median(rates), latencies }));
}

/** @param {Peer} peer @param {readonly string[]} ids of its patients @returns {readonly Kind[]} */
function kindsOf({ base }, ids) {
  const path = new URL(base).pathname;
  const code = encodeURIComponent('http://loinc.org|8302-2');
  const some = ids.slice(0, 500);
  const get = (/** @type {string} */ what, /** @type {readonly string[]} */ queries) => ({
    what,
    of: /** @type {const} */ ('get'),
    request: { method: 'GET', paths: queries.map((query) => `${path}/${query}`), expect: 200 },
  });
  const families = some.map((_, n) => /** @type {const} */ ([aPatient(n).name[0]?.family, aPatient(n).birthDate]));
  const observation = JSON.stringify(transactionOf(0).entry[1]?.resource);
  return [
    get(
      'read',
      some.map((id) => `Patient/${id}`),
    ),
    get(
      'family and birth date',
      families.map(([family, birthDate]) => `Patient?family=${family}&birthdate=${birthDate}`),
    ),
    get(
      'patient and code',
      some.map((id) => `Observation?patient=${id}&code=${code}`),
    ),
    get('code, newest first', [`Observation?code=${code}&_sort=-date&_count=20`]),
    get(
      'include',
      some.map((id) => `Observation?patient=${id}&_include=Observation:subject&_count=20`),
    ),
    get(
      'chain',
      families.map(([family]) => `Observation?patient.family=${family}&code=${code}&_count=20`),
    ),
    {
      what: 'POST',
      of: 'write',
      request: { method: 'POST', paths: [`${path}/Observation`], bodies: [observation], expect: 201 },
    },
    { what: 'PUT', of: 'write', request: { method: 'PUT', expect: 200, ...updatesOf(path, some) } },
    {
      what: 'transaction of 50',
      of: 'transaction',
      request: { method: 'POST', paths: [path], bodies: [JSON.stringify(transactionOf(1, 49))], expect: 200 },
    },
  ];
}

/** Each patient gets one number and then another, so that every update changes it. @param {string} path @param {readonly string[]} ids */
function updatesOf(path, ids) {
  const numbers = ['555-0001', '555-0002'];
  return {
    paths: ids.map((id) => `${path}/Patient/${id}`),
    bodies: numbers.flatMap((value) =>
      ids.map((id, n) => JSON.stringify({ ...aPatient(n), id, telecom: [{ system: 'phone', value }] })),
    ),
  };
}

/** @param {readonly Peer[]} peers @param {() => Promise<void>} settle */
async function compareMixes(peers, settle) {
  const rows = [];
  for (const connections of mixConnections) {
    const found = [];
    for (const peer of peers) {
      await crudMix(peer, connections, mixSeconds / 4);
      found.push(await crudMix(peer, connections, mixSeconds));
      await settle();
    }
    rows.push(row(`${connections} connections`, found));
  }
  printTable('peers: create, read, update and delete of a record, requests a second', rows);
}

/** @param {readonly Peer[]} peers */
async function compareImports(peers) {
  const bundles = readSynthea()?.bundles;
  if (bundles === undefined) {
    console.log('\npeers: no import, SYNTHEA_DIR names the folder of the bundles.');
    return;
  }
  const found = [];
  for (const peer of peers) found.push(await importBundles(peer, bundles, importConnections, importSeconds));
  printTable(
    `peers: Synthea's bundles as transactions over ${importConnections} connections, ${importSeconds} s at most, resources a second`,
    [
      row('resources', found),
      ...found.map(({ stored, refused }, i) => ({
        what: `  ${peers[i]?.name}`,
        value: `${stored} bundles stored, ${refused} refused`,
      })),
    ],
  );
}

/** What one side did. @typedef {{ perSecond: number, latencies: readonly number[] }} Found */

/** @param {string} what @param {readonly Found[]} found by each side */
function row(what, found) {
  const cells = found.map(
    ({ perSecond, latencies }) => `${perSecond.toFixed(0)} (${percentile(latencies, 0.95).toFixed(1)} ms)`,
  );
  const [own, other] = found;
  const times = own && other ? `, ${(own.perSecond / other.perSecond).toFixed(2)} times` : '';
  return { what, value: cells.join(' beside ') + times };
}
