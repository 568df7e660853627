// @ts-check
import { withLanyard } from './lanyard.mjs';
import { cpuOf, cpuOfFamily, memoryOf } from './process-cost.mjs';
import { readSynthea } from './synthea.mjs';
import { inUnits, microseconds, printTable } from './table.mjs';

const connections = 2;

/** Real bundles as transactions over HTTP; what was stored is compared with what the data set's manifests say. */
export async function benchBundles() {
  const data = readSynthea();
  if (data === undefined) {
    console.log('\nbundles: skipped, there are no Synthea bundles; SYNTHEA_DIR names their folder.');
    return;
  }
  await withLanyard(async (server) => {
    const token = await server.logIn();
    const costs = () => [cpuOf(server.pid), cpuOfFamily(server.postgres.pid)];
    const [serverBefore = NaN, postgresBefore = NaN] = costs();
    const from = performance.now();
    await postAll(server.base, token, data.bundles);
    const seconds = (performance.now() - from) / 1000;
    const [serverAfter = NaN, postgresAfter = NaN] = costs();
    const memory = memoryOf(server.pid);
    await requireCounts(server, data.byType);
    const resources = data.bundles.reduce((sum, { entries }) => sum + entries, 0);
    const cost = (/** @type {number} */ spent) => inUnits(microseconds(spent, resources), 'µs');
    printTable(`bundles: ${data.bundles.length} bundles, ${resources} resources, ${connections} connections`, [
      { what: 'resources', value: inUnits(resources / seconds, '/s'), target: '>= 1500 /s, aim 4000 /s' },
      { what: 'server CPU per resource', value: cost(serverAfter - serverBefore) },
      { what: 'PostgreSQL CPU per resource', value: cost(postgresAfter - postgresBefore) },
      { what: 'resident memory of the server', value: inUnits(memory.now, 'MB'), target: '< 300 MB' },
      { what: 'resident memory at its highest', value: inUnits(memory.highest, 'MB') },
    ]);
  });
}

/** @param {string} base @param {string} token @param {readonly import('./synthea.mjs').SyntheaBundle[]} bundles */
async function postAll(base, token, bundles) {
  let next = 0;
  const work = async () => {
    while (next < bundles.length) await post(base, token, /** @type {(typeof bundles)[0]} */ (bundles[next++]));
  };
  await Promise.all(Array.from({ length: connections }, work));
}

/** @param {string} base @param {string} token @param {import('./synthea.mjs').SyntheaBundle} bundle */
async function post(base, token, { name, text, entries }) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' };
  const answer = await fetch(base, { method: 'POST', headers, body: text });
  const body = await answer.text();
  if (answer.status !== 200) throw new Error(`${name}: ${answer.status} ${body.slice(0, 2000)}`);
  const statuses = JSON.parse(body).entry.map((/** @type {any} */ entry) => entry.response.status);
  const other = statuses.find((/** @type {string} */ status) => status !== '201 Created');
  if (other !== undefined || statuses.length !== entries) {
    throw new Error(`${name}: ${statuses.length} answers for ${entries} entries, one is "${other}".`);
  }
}

/** @param {import('./lanyard.mjs').Lanyard} server @param {ReadonlyMap<string, number>} expected */
async function requireCounts(server, expected) {
  const rows = await server.query('SELECT type, count(*)::integer AS count FROM resource GROUP BY type');
  const text = (/** @type {[string, number][]} */ counts) => JSON.stringify(counts.toSorted());
  const stored = text(rows.map(({ type, count }) => [type, count]));
  if (stored !== text([...expected])) throw new Error(`Stored ${stored} instead of ${text([...expected])}.`);
  const [{ left }] = await server.query(
    `SELECT count(*)::integer AS left FROM resource WHERE position('urn:uuid:' in body) > 0`,
  );
  if (left !== 0) throw new Error(`${left} stored bodies still have a urn:uuid: link.`);
}
