// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { from, to } from 'pg-copy-streams';
import { Client } from 'pg';
import { dist } from '../scripts/paths.mjs';
import { anObservation, inOtherPlace } from './clinical-records.mjs';
import { withLanyard } from './lanyard.mjs';
import { cpuOf, memoryOf } from './process-cost.mjs';
import { printTable } from './table.mjs';

const resources = 30_000;

/**
 * Data in bulk, by one process each, beside bare COPY of the same rows: into a folder, and into a table with the same indexes. The
 * generator, PostgreSQL and the server share the processors.
 */
export async function benchBulk() {
  await withLanyard(run, { variables: { EXPORT_FOR_USERS: 'on' } });
}

/** @param {import('./lanyard.mjs').Lanyard} server */
async function run(server) {
  const folder = join(server.dataDir, 'bulk');
  mkdirSync(folder);
  const client = new Client(server.postgres.connection);
  await client.connect();
  try {
    const source = await write(join(folder, 'Observation.ndjson'));
    const importing = await seconds(() => lanyard(server, 'import', folder));
    await client.query('ANALYZE');
    const copied = join(folder, 'copied');
    const copying = await seconds(() =>
      pipeline(client.query(to('COPY (SELECT body FROM resource_observation) TO STDOUT')), createWriteStream(copied)),
    );
    const bare = await bareCopy(client, join(folder, 'rows'));
    const exported = await measureExport(server, client);
    const megabytes = statSync(copied).size / 1e6;
    const rate = (/** @type {number} */ took) => `${(megabytes / took).toFixed(0)} MB/s`;
    printTable(`bulk: ${resources} Observations, ${(source / 1e6).toFixed(0)} MB`, [
      { what: 'COPY of the contents into a file', value: rate(copying) },
      { what: '$export, from kick-off to manifest', value: rate(exported.took) },
      { what: '  as a part of COPY', value: (copying / exported.took).toFixed(2) },
      { what: '  CPU of the server', value: `${exported.cpu.toFixed(1)} s` },
      { what: 'download of its files', value: rate(exported.download) },
      { what: 'bare COPY into a table with the same indexes', value: each(bare) },
      { what: 'lanyard import', value: each(importing) },
      { what: '  as a part of COPY', value: (bare / importing).toFixed(2) },
      { what: 'resident memory of the server, at its highest', value: `${memoryOf(server.pid).highest.toFixed(0)} MB` },
    ]);
  } finally {
    await client.end();
  }
}

/** @param {number} took */
const each = (took) => `${(resources / took).toFixed(0)} resources/s`;

/** @param {() => Promise<unknown>} work */
async function seconds(work) {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

/** @param {string} path */
async function write(path) {
  const file = createWriteStream(path);
  for (let n = 0; n < resources; n++) {
    const line = `${JSON.stringify({ ...anObservation(n, inOtherPlace(n)), id: `bulk-${n}` })}\n`;
    if (!file.write(line)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
  return statSync(path).size;
}

/** Runs the command on the database of the server. @param {import('./lanyard.mjs').Lanyard} server @param {string[]} words */
async function lanyard(server, ...words) {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], DATA_DIR: server.dataDir };
  const child = spawn(process.execPath, [join(dist, 'cli/main.js'), ...words], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`lanyard ${words.join(' ')} ended with ${code}`);
}

/** @param {Client} client @param {string} path */
async function bareCopy(client, path) {
  await pipeline(client.query(to('COPY resource_observation TO STDOUT')), createWriteStream(path));
  await client.query('CREATE TABLE bench_bare (LIKE resource_observation INCLUDING ALL)');
  const took = await seconds(() => pipeline(createReadStream(path), client.query(from('COPY bench_bare FROM STDIN'))));
  await client.query('DROP TABLE bench_bare');
  return took;
}

/** @param {import('./lanyard.mjs').Lanyard} server @param {Client} client */
async function measureExport(server, client) {
  const headers = { authorization: `Bearer ${await server.logIn()}` };
  const before = cpuOf(server.pid);
  const begun = await fetch(`${server.base}/$export?_type=Observation`, {
    headers: { ...headers, prefer: 'respond-async' },
  });
  const place = begun.headers.get('content-location');
  if (begun.status !== 202 || place === null) throw new Error(`${begun.status} ${await begun.text()}`);
  for (let tries = 0; tries < 300; tries++) {
    await sleep(1100);
    const answer = await fetch(place, { headers });
    if (answer.status === 202) continue;
    const { output } = /** @type {{ output: { url: string }[] }} */ (await answer.json());
    const cpu = cpuOf(server.pid) - before;
    const { rows } = await client.query(
      'SELECT extract(epoch FROM finished - created)::float8 AS took, resources::integer FROM job',
    );
    if (rows[0].resources !== resources) throw new Error(`${rows[0].resources} resources were exported.`);
    const download = await seconds(async () => {
      for (const { url } of output) {
        const file = await fetch(url, { headers });
        for await (const chunk of file.body ?? []) void chunk;
      }
    });
    return { took: rows[0].took, cpu, download };
  }
  throw new Error('The export does not end.');
}
