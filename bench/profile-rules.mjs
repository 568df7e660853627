// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { dist } from '../scripts/paths.mjs';
import { floor } from './both-sides.mjs';
import { inUnits, median, printTable } from './table.mjs';

/** US Core 6.1.0 as files of resources, one a line; without them the rows of R4's own profiles are all. */
const guide = fileURLToPath(new URL('../../shared/data/us-core/6.1.0/', import.meta.url));
const large = 50_000;
const rounds = 5;
const warmUp = 3;
/** CPU microseconds that a round takes about: the engine of invariants settles late. */
const roundLength = 400_000;

/** @typedef {Record<string, unknown> & { resourceType: string, id?: string }} Resource */

/** @param {string} file @param {(text: string) => unknown} parse @returns {Resource[]} */
const linesOf = (file, parse) =>
  gunzipSync(readFileSync(file))
    .toString()
    .split('\n')
    .filter(Boolean)
    .map((line) => /** @type {Resource} */ (parse(line)));

/** Measures validation against profiles beside that against R4, in this process. */
export async function benchProfiles() {
  const from = (/** @type {string} */ file) => import(pathToFileURL(join(dist, file)).href);
  const [{ validateResource }, { ProfileRules }, { parseJson }] = await Promise.all([
    from('r4/validation/validate-resource.js'),
    from('r4/validation/profiles/validate-profiles.js'),
    from('r4/json/json.js'),
  ]);
  if (!existsSync(guide)) return console.log('engine: profiles are not measured, for US Core is not at hand');
  const known = new Map();
  for (const type of ['StructureDefinition', 'ValueSet', 'CodeSystem'])
    for (const one of linesOf(join(guide, 'definitions', `${type}.ndjson.gz`), parseJson))
      known.set(`${type} ${String(one['url'])}`, one);
  const source = {
    revision: '1',
    find: async (/** @type {string} */ type, /** @type {string[]} */ canonicals) =>
      canonicals.map((canonical) => {
        const resource = known.get(`${type} ${canonical.split('|')[0]}`);
        return resource && { type, url: resource.url, version: resource.version, origin: 'us-core', resource };
      }),
  };
  const rules = new ProfileRules(source);
  const observations = linesOf(join(guide, 'examples', 'Observation.ndjson.gz'), parseJson);
  const samples = /** @type {const} */ ([
    ['US Core Observation', observations, 200],
    [
      `US Core Patient of ${large / 1000} kB`,
      [largePatient(linesOf(join(guide, 'examples', 'Patient.ndjson.gz'), parseJson))],
      3000,
    ],
  ]);
  const rows = [];
  for (const [what, resources, limit] of samples) {
    const profiles = await cpuEach(resources, (one) => rules.validate(one));
    rows.push({
      what: `base, ${what}`,
      value: inUnits(await cpuEach(resources, (one) => validateResource(one)), 'µs'),
    });
    rows.push({ what: `profiles, ${what}`, value: inUnits(profiles, 'µs'), ...floor(profiles, limit, ' µs') });
  }
  printTable('engine: CPU of validation, base and profiles, in process, median of rounds', rows);
}

/** @param {Resource[]} patients */
function largePatient(patients) {
  const [first] = patients;
  const patient = structuredClone(JSON.parse(JSON.stringify(first)));
  while (JSON.stringify(patient).length < large) {
    patient.name.push({ use: 'old', family: 'Aal', given: ['Bea', 'Cia'], period: { start: '2020' } });
    patient.address.push({ use: 'old', line: ['1 Way'], city: 'Boston', state: 'MA', postalCode: '02110' });
    patient.telecom.push({ system: 'phone', value: '555', use: 'home' });
  }
  return patient;
}

/** CPU microseconds for one item, after rounds that warm up. @param {readonly Resource[]} items @param {(item: Resource) => unknown} work */
async function cpuEach(items, work) {
  const costs = [];
  for (let round = 0; round < warmUp + rounds; round++) {
    const before = process.cpuUsage();
    let count = 0;
    let spent = 0;
    for (; spent < roundLength; count += items.length) {
      for (const item of items) await work(item);
      const { user, system } = process.cpuUsage(before);
      spent = user + system;
    }
    costs.push(spent / count);
  }
  return median(costs.slice(warmUp));
}
