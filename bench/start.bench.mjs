// @ts-check
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { root } from '../scripts/paths.mjs';
import { freePort, Lanyard, withDataDir } from './lanyard.mjs';
import { cpuOf, memoryOf } from './process-cost.mjs';
import { inUnits, median, printTable } from './table.mjs';

const warmStarts = 3;
const usCore = resolve(root, '../shared/data/us-core/6.1.0');

/** From spawning the process to the first 200 of `/health/ready`; the first start makes the database. */
export async function benchStart() {
  const port = await freePort();
  await withDataDir(async (dataDir) => {
    const first = await measure(dataDir, port);
    const warm = await measureOften(dataDir, port);
    printTable('start', [
      { what: 'first start, with initdb', value: inUnits(first.time, 's', 2), target: '<= 8 s' },
      { what: 'CPU of the server for it', value: inUnits(first.cpu, 's', 2) },
      { what: `warm start, median of ${warmStarts}`, value: inUnits(warm.time, 's', 2), target: '<= 2.5 s' },
      { what: 'CPU of the server for it', value: inUnits(warm.cpu, 's', 2) },
      { what: 'memory at its highest', value: inUnits(warm.memory, 'MB') },
    ]);
    if (!existsSync(usCore)) return;
    const files = unpackUsCore(join(dataDir, 'packages'));
    const variables = { IMPLEMENTATION_GUIDES: 'hl7.fhir.us.core@6.1.0' };
    await measure(dataDir, port, variables);
    const guided = await measureOften(dataDir, port, variables);
    printTable(`start with US Core 6.1.0 (${files} files)`, [
      { what: `warm start, median of ${warmStarts}`, value: inUnits(guided.time, 's', 2), target: '<= 3 s' },
      { what: 'CPU of the server for it', value: inUnits(guided.cpu, 's', 2) },
      { what: 'memory at its highest', value: inUnits(guided.memory, 'MB') },
    ]);
  });
}

/** @param {string} dataDir @param {number} port @param {Record<string, string>} [variables] */
async function measureOften(dataDir, port, variables) {
  const starts = [];
  for (let start = 0; start < warmStarts; start++) starts.push(await measure(dataDir, port, variables));
  return {
    time: median(starts.map(({ time }) => time)),
    cpu: median(starts.map(({ cpu }) => cpu)),
    memory: median(starts.map(({ memory }) => memory)),
  };
}

/** @param {string} dataDir @param {number} port @param {Record<string, string>} [variables] */
async function measure(dataDir, port, variables = {}) {
  const server = await Lanyard.start(dataDir, { port, variables });
  const measured = { time: server.startedIn, cpu: cpuOf(server.pid), memory: memoryOf(server.pid).highest };
  await server.stop();
  return measured;
}

/** As the cache of HL7's tools has it. @param {string} packages */
function unpackUsCore(packages) {
  const folder = join(packages, 'hl7.fhir.us.core#6.1.0', 'package');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), readFileSync(join(usCore, 'package.json')));
  const definitions = join(usCore, 'definitions');
  let files = 0;
  for (const name of readdirSync(definitions).filter((file) => file.endsWith('.ndjson.gz'))) {
    for (const line of gunzipSync(readFileSync(join(definitions, name)))
      .toString()
      .split('\n')
      .filter(Boolean)) {
      const { resourceType, id } = JSON.parse(line);
      writeFileSync(join(folder, `${resourceType}-${id}.json`), line);
      files++;
    }
  }
  return files;
}
