// @ts-check
// `npm run bench` measures everything, `npm run bench -- read load` only what is named. It fails when an answer is
// wrong, never because the machine is slow; `search` fails where a ratio misses its floor too. `--sizes=100k,1m` is for it
// and for `bulk`, which takes `--within=1g` too: so much data under the heap limits of a container of 512 MiB; `--synthea`: an import of its
// bundles; `--peer=http://127.0.0.1:8080/fhir` is for `peers`: another FHIR server, in turns; `--everything=10k`: pages of a record of so many resources; `--minutes=10`: how long `sustained` reads, one without.
import { existsSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { stamp } from '../scripts/paths.mjs';
import { benchAccess } from './access.bench.mjs';
import { benchAudit } from './audit.bench.mjs';
import { benchBulk } from './bulk.bench.mjs';
import { benchCitus } from './citus.bench.mjs';
import { benchCreate } from './create.bench.mjs';
import { benchEngine } from './engine.bench.mjs';
import { benchExtensions } from './extensions.bench.mjs';
import { benchFlood } from './flood.bench.mjs';
import { benchBodies } from './bodies.bench.mjs';
import { benchBundles } from './bundles.bench.mjs';
import { benchLoad } from './load.bench.mjs';
import { benchManyTenants } from './many-tenants.bench.mjs';
import { benchNeighbours } from './neighbours.bench.mjs';
import { benchOauth } from './oauth.bench.mjs';
import { benchPeers } from './peers.bench.mjs';
import { benchRead } from './read.bench.mjs';
import { benchSearch } from './search.bench.mjs';
import { benchStart } from './start.bench.mjs';
import { benchSustained } from './sustained.bench.mjs';
import { benchTerminology } from './terminology.bench.mjs';
import { benchTenants } from './tenants.bench.mjs';
import { benchUpdate } from './update.bench.mjs';

const words = process.argv.slice(2).flatMap((word, i, all) => {
  if (all[i - 1] === '--sizes') return [];
  return word === '--sizes' ? [`--sizes=${all[i + 1] ?? ''}`] : [word];
});
const isOption = (/** @type {string} */ word) => /^--(sizes|within|everything|minutes|peer)=|^--synthea$/.test(word);
const asked = words.filter((word) => !isOption(word));
const options = words.filter(isOption);

/** @type {Readonly<Record<string, () => Promise<void>>>} */
const benches = {
  start: benchStart,
  read: benchRead,
  bulk: () => benchBulk(options),
  create: benchCreate,
  update: benchUpdate,
  citus: benchCitus,
  engine: benchEngine,
  extensions: benchExtensions,
  tenants: benchTenants,
  'many-tenants': () => benchManyTenants(options),
  bundles: benchBundles,
  bodies: benchBodies,
  load: benchLoad,
  oauth: benchOauth,
  search: () => benchSearch(options),
  access: async () => {
    await benchAudit();
    await benchAccess();
  },
  flood: benchFlood,
  neighbours: benchNeighbours,
  peers: () => benchPeers(options),
  sustained: () => benchSustained(options),
  terminology: benchTerminology,
};

const unknown = asked.filter((name) => !(name in benches));
if (unknown.length > 0) {
  console.error(`There is no bench "${unknown.join(' ')}"; there are ${Object.keys(benches).join(', ')}.`);
  process.exit(2);
}
if (!existsSync(stamp)) {
  console.error('There is no build to measure. Run `npm run build` first.');
  process.exit(2);
}
// Servers that were started end with this process, see `Lanyard`.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
const [load = NaN] = loadavg();
console.log(`Node ${process.version}, ${availableParallelism()} processors, load average ${load.toFixed(1)}`);
for (const [name, bench] of Object.entries(benches)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  try {
    await bench();
  } catch (error) {
    console.error(`\n${name}: failed`, error);
    process.exitCode = 1;
  }
}
