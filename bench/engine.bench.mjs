// @ts-check
import { BothSides, costRow, ratioRow } from './both-sides.mjs';
import { anObservation, aTransaction, inOtherPlace, someResources } from './clinical-records.mjs';
import { benchHistory } from './history-pages.mjs';
import { benchInProcess } from './in-process.mjs';
import { withLanyard } from './lanyard.mjs';
import { inUnits, median, printTable } from './table.mjs';

/** @typedef {import('./both-sides.mjs').Requests} Requests */

const warmUp = 6000;

/** Measures the FHIR engine: CPU of the server and of PostgreSQL apart, floors beside the results. */
export async function benchEngine() {
  await benchInProcess();
  await withLanyard(async (server) => {
    const sides = new BothSides(server, await server.logIn());
    await benchCreates(sides);
    await benchTransactions(sides);
    await benchFormats(sides);
    await benchUpdates(sides);
    await benchHistory(sides);
  });
}

/** @param {BothSides} sides */
async function benchCreates(sides) {
  const observations = Array.from({ length: 500 }, (_, n) => anObservation(n, inOtherPlace(n)));
  // The compiler of V8 settles after thousands of requests.
  await sides.cost(creates([...observations, ...someResources(500)], warmUp));
  const costs = await sides.compare(5, {
    observation: creates(observations, 1500),
    mix: creates(someResources(500), 1500),
  });
  printTable('engine: single creates, validated and indexed, CPU per create', [
    costRow('average Observation', costs.observation, 1.2),
    costRow('mix of resources', costs.mix),
  ]);
}

/** @param {readonly import('./clinical-records.mjs').Resource[]} resources @param {number} count @returns {Requests} */
const creates = (resources, count) => ({
  method: 'POST',
  paths: resources.map(({ resourceType }) => `/fhir/r4/${resourceType}`),
  bodies: resources.map((resource) => JSON.stringify(resource)),
  count,
  expect: 201,
});

/** @param {BothSides} sides */
async function benchTransactions(sides) {
  const transaction = (/** @type {number} */ entries, /** @type {number} */ count) => ({
    method: 'POST',
    paths: ['/fhir/r4'],
    bodies: [JSON.stringify(aTransaction(entries))],
    count,
    connections: 1,
    expect: 200,
  });
  const small = await sides.compare(5, { fifty: transaction(50, 30), hundreds: transaction(500, 3) });
  const large = await sides.compare(2, { thousands: transaction(5000, 1) });
  const wall = (/** @type {import('./both-sides.mjs').Cost[]} */ costs) =>
    inUnits(median(costs.map((cost) => cost.wall)), 'ms', 0);
  printTable('engine: transactions, CPU per transaction', [
    costRow('50 entries', small.fifty, 30),
    { what: '50 entries, wall time', value: wall(small.fifty) },
    costRow('500 entries', small.hundreds),
    { what: '500 entries, wall time', value: wall(small.hundreds) },
    costRow('5000 entries', large.thousands),
    { what: '5000 entries, wall time', value: wall(large.thousands) },
  ]);
}

/** @param {BothSides} sides */
async function benchFormats(sides) {
  const fhir = { json: 'application/fhir+json', xml: 'application/fhir+xml' };
  const body = JSON.stringify(anObservation(0, inOtherPlace(0)));
  const stored = await sides.fetch('Observation', { method: 'POST', headers: { 'content-type': fhir.json }, body });
  const { id } = /** @type {{ id: string }} */ (await stored.json());
  const read = (/** @type {string} */ format) => ({
    method: 'GET',
    paths: [`/fhir/r4/Observation/${id}`],
    headers: { accept: format },
    count: 1000,
    expect: 200,
  });
  const create = async (/** @type {string} */ format) => ({
    method: 'POST',
    paths: ['/fhir/r4/Observation'],
    bodies: [await (await sides.fetch(`Observation/${id}`, { headers: { accept: format } })).text()],
    headers: { accept: format, 'content-type': format },
    count: 600,
    expect: 201,
  });
  const kinds = {
    json: await create(fhir.json),
    xml: await create(fhir.xml),
    jsonRead: read(fhir.json),
    xmlRead: read(fhir.xml),
  };
  const costs = await sides.compare(5, kinds);
  printTable('engine: XML against JSON, the same Observation, CPU per request', [
    costRow('create, JSON', costs.json),
    costRow('create, XML', costs.xml),
    ratioRow('create, XML : JSON', costs.xml, costs.json),
    costRow('read, JSON', costs.jsonRead),
    costRow('read, XML', costs.xmlRead),
    ratioRow('read, XML : JSON', costs.xmlRead, costs.jsonRead),
  ]);
}

/** @param {BothSides} sides */
async function benchUpdates(sides) {
  const resources = Array.from({ length: 100 }, (_, n) => ({ id: `bench-${n}`, ...anObservation(n, inOtherPlace(n)) }));
  const paths = resources.map(({ id }) => `/fhir/r4/Observation/${id}`);
  const bodies = (/** @type {number} */ value) =>
    resources.map((one) => JSON.stringify({ ...one, valueQuantity: { ...one.valueQuantity, value } }));
  await sides.cost({ method: 'PUT', paths, bodies: bodies(0), count: paths.length, expect: 201 });
  const patch = (/** @type {number} */ value) =>
    JSON.stringify([{ op: 'replace', path: '/valueQuantity/value', value }]);
  const twice = [...paths, ...paths];
  const count = 6 * paths.length;
  const patched = { 'content-type': 'application/json-patch+json' };
  const costs = await sides.compare(4, {
    patching: {
      method: 'PATCH',
      paths: twice,
      bodies: [...paths.map(() => patch(1)), ...paths.map(() => patch(2))],
      headers: patched,
      count,
      expect: 200,
    },
    changing: { method: 'PUT', paths: twice, bodies: [...bodies(3), ...bodies(4)], count, expect: 200 },
    unchanged: { method: 'PUT', paths, bodies: bodies(4), count, expect: 200 },
  });
  await requireVersions(sides, 1 + 12 * (costs.changing.length + 1));
  printTable('engine: updates of an Observation, CPU per request', [
    costRow('PUT that changes', costs.changing),
    costRow('PUT that changes nothing', costs.unchanged),
    costRow('PATCH that changes', costs.patching),
    ratioRow('unchanged : changing', costs.unchanged, costs.changing),
    ratioRow('PATCH : PUT', costs.patching, costs.changing),
  ]);
}

/** @param {BothSides} sides @param {number} expected */
async function requireVersions(sides, expected) {
  const { headers } = await sides.fetch('Observation/bench-0');
  if (headers.get('etag') !== `W/"${expected}"`)
    throw new Error(`Version ${headers.get('etag')} instead of ${expected}.`);
}
