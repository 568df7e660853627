// @ts-check
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withDataDir, withLanyard } from './lanyard.mjs';
import { generateLoad } from './load-generator.mjs';
import { anObservation } from './patients.mjs';
import { cpuOf, cpuOfFamily } from './process-cost.mjs';
import { inUnits, median, microseconds, printTable } from './table.mjs';

const rounds = 9;
const requestsPerRound = 1000;
const warmUp = 3000;
const connections = 8;
const stored = 200;
const path = '/fhir/r4/Observation';

/** @typedef {{ server: import('./lanyard.mjs').Lanyard, token: string, ids: string[] }} Side */

/** Single reads and creates on three servers in turns: without an extension, with one that hooks another type, and with one that hooks this. */
export function benchExtensions() {
  return withDataDir((folder) =>
    withLanyard((bare) =>
      withLanyard(
        (elsewhere) =>
          withLanyard(
            (hooked) =>
              compareServers('extensions', [
                { what: 'without an extension, median', server: bare },
                { what: 'an extension that hooks another type, ratio', server: elsewhere, target: '<= 1.03' },
                { what: 'one that hooks this type at four points, ratio', server: hooked },
              ]),
            extended(folder, 'hooked', 'Observation'),
          ),
        extended(folder, 'elsewhere', 'Encounter'),
      ),
    ),
  );
}

/** @param {string} folder @param {string} name @param {string} type */
function extended(folder, name, type) {
  const place = join(folder, name);
  mkdirSync(place);
  const manifest = {
    name,
    version: '1.0.0',
    type: 'module',
    exports: './index.js',
    peerDependencies: { 'lanyard-fhir': '*' },
  };
  writeFileSync(join(place, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(place, 'index.js'), extension(name, type));
  return { variables: { EXTENSIONS: place } };
}

/** @param {string} name @param {string} type */
const extension = (name, type) => `
import { FhirModule } from 'lanyard-fhir/fhir';
class Idle {
  name = 'idle';
  types = ['${type}'];
  beforeSearch() {}
  afterRead() {}
  async beforeWrite() {}
  async afterWrite() {}
}
export default { module: class Made {}, imports: [FhirModule.forFeature({ name: '${name}', hooks: [Idle] })] };
`;

/** @typedef {{ what: string, server: import('./lanyard.mjs').Lanyard, target?: string }} Compared */

/** Single reads and creates on several servers in turns; the others as ratios to the first. @param {string} name @param {readonly Compared[]} compared */
export async function compareServers(name, compared) {
  const sides = [];
  for (const { server } of compared) sides.push(await prepare(server));
  for (const what of /** @type {const} */ (['read', 'create'])) {
    for (const side of sides) await send(side, what, warmUp);
    /** @type {number[][]} */
    const costs = sides.map(() => []);
    for (let round = 0; round < rounds; round++) {
      for (const [n, side] of sides.entries()) {
        const before = cost(side);
        await send(side, what, requestsPerRound);
        costs[n]?.push(microseconds(cost(side) - before, requestsPerRound));
      }
    }
    report(`${name}: ${what}`, compared, costs);
  }
}

/** Of the server and its PostgreSQL. @param {Side} side */
const cost = ({ server }) => cpuOf(server.pid) + cpuOfFamily(server.postgres.pid);

/** @param {import('./lanyard.mjs').Lanyard} server @returns {Promise<Side>} */
async function prepare(server) {
  const side = { server, token: await server.logIn(), ids: /** @type {string[]} */ ([]) };
  await send(side, 'create', stored);
  const rows = await server.query(`SELECT id FROM resource WHERE type = 'Observation' ORDER BY id`);
  return { ...side, ids: rows.map(({ id }) => id) };
}

/** @param {Side} side @param {'read' | 'create'} what @param {number} count */
async function send({ server: { origin }, token, ids }, what, count) {
  const job =
    what === 'read'
      ? { method: 'GET', paths: ids.map((id) => `${path}/${id}`), expect: 200 }
      : {
          method: 'POST',
          paths: [path],
          bodies: Array.from({ length: 500 }, (_, n) => JSON.stringify(anObservation(n))),
          expect: 201,
        };
  const { wrong } = await generateLoad({ ...job, origin, tokens: [token], count, connections });
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
}

/** @param {string} title @param {readonly Compared[]} compared @param {number[][]} costs */
function report(title, compared, costs) {
  const [first = []] = costs;
  /** @param {number[]} own */
  const ratio = (own) => median(own.map((one, round) => one / (first[round] ?? NaN))).toFixed(2);
  printTable(
    `${title} of Observations, ${rounds} rounds of ${requestsPerRound}, CPU of server and PostgreSQL`,
    compared.map(({ what, target }, n) => ({
      what,
      value: n === 0 ? inUnits(median(first), 'µs') : ratio(costs[n] ?? []),
      ...(target !== undefined && { target }),
    })),
  );
}
