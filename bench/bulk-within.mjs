// @ts-check
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { anObservation, inOtherPlace } from './clinical-records.mjs';
import { download, exportAll } from './export-run.mjs';
import { costOf, importAll } from './import-run.mjs';
import { withLanyard } from './lanyard.mjs';
import { forgetHighest, memoryOf } from './process-cost.mjs';
import { printTable } from './table.mjs';

/** MiB of the container. */
const container = 512;
/** As Node.js sets the heap in a container of 512 MiB. */
const heap = ['--max-old-space-size=256', '--max-semi-space-size=1'];
/** Characters of the recording in one resource: base64, which has no words to be found by. */
const recordingLength = 16_000;

/**
 * Highest resident memory of `lanyard import` and of a server that exports, under the limits of the heap of a container of 512 MiB; PostgreSQL is
 * beside them. A limit of memory itself is not set: what is above it would have been the end of the process in a container.
 * @param {string} named such as `1g` or `200m`
 */
export async function benchWithin(named) {
  const bytes = bytesOf(named);
  const run = (/** @type {import('./lanyard.mjs').Lanyard} */ server) => measure(server, bytes);
  await withLanyard(run, { variables: { EXPORT_FOR_USERS: 'on' }, flags: heap });
}

/** @param {string} text */
function bytesOf(text) {
  const [, number, unit] = /^(\d+)([mg])$/.exec(text) ?? [];
  if (number === undefined) throw new Error(`There is no size ${text}; sizes are as 200m or 1g.`);
  return Number(number) * (unit === 'g' ? 1e9 : 1e6);
}

/** @param {import('./lanyard.mjs').Lanyard} server @param {number} bytes */
async function measure(server, bytes) {
  const folder = join(server.dataDir, 'bulk');
  mkdirSync(folder);
  const client = new Client(server.postgres.connection);
  await client.connect();
  try {
    const { size, resources } = await write(join(folder, 'Observation.ndjson'), bytes);
    let highest = NaN;
    const importing = await costOf(server, async () => (highest = await importAll(server, [folder], { flags: heap })));
    const headers = { authorization: `Bearer ${await server.logIn()}`, 'accept-encoding': 'identity' };
    forgetHighest(server.pid);
    const { output, took } = await exportAll(server, client, headers);
    const exporting = memoryOf(server.pid).highest;
    const read = await download(
      output.map(({ url }) => url),
      headers,
    );
    if (took.resources !== resources || read < size)
      throw new Error(`${took.resources} resources of ${resources} came, with ${read} bytes of ${size}.`);
    const memory = (/** @type {number} */ megabytes) => ({
      value: `${megabytes.toFixed(0)} MB`,
      target: `<= ${container} MB`,
    });
    const seconds = (/** @type {number} */ one) => ({ value: `${one.toFixed(1)} s` });
    printTable(`bulk: ${resources} Observations, ${(size / 1e6).toFixed(0)} MB, ${heap.join(' ')}`, [
      { what: 'lanyard import, highest resident memory', ...memory(highest) },
      { what: '  took', ...seconds(importing.took) },
      { what: 'server during $export, highest resident memory', ...memory(exporting) },
      { what: '  took', ...seconds(took.seconds) },
      { what: 'server after the download of all files', ...memory(memoryOf(server.pid).highest) },
    ]);
  } finally {
    await client.end();
  }
}

/** @param {string} path @param {number} bytes */
async function write(path, bytes) {
  const file = createWriteStream(path);
  let resources = 0;
  for (let written = 0; written < bytes; resources++) {
    const valueBase64Binary = randomBytes(recordingLength).toString('base64').slice(0, recordingLength);
    const extension = [{ url: 'https://example.org/recording', valueBase64Binary }];
    const line = `${JSON.stringify({ ...anObservation(resources, inOtherPlace(resources)), id: `bulk-${resources}`, extension })}\n`;
    written += line.length;
    if (!file.write(line)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
  return { size: statSync(path).size, resources };
}
