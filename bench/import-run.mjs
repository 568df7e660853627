// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { from, to } from 'pg-copy-streams';
import { dist } from '../scripts/paths.mjs';
import { cpuOf, cpuOfEnded, cpuOfFamily, memoryOf } from './process-cost.mjs';

/** What some work took: seconds, and CPU seconds of the server, of PostgreSQL and of commands. @typedef {{ took: number, server: number, postgres: number, command: number }} Cost */

/** @param {import('./lanyard.mjs').Lanyard} server @param {() => Promise<unknown>} work @returns {Promise<Cost>} */
export async function costOf(server, work) {
  const now = () => ({
    took: performance.now() / 1000,
    server: cpuOf(server.pid),
    postgres: cpuOfFamily(server.postgres.pid),
    command: cpuOf(process.pid) + cpuOfEnded(process.pid),
  });
  const before = now();
  await work();
  const after = now();
  return {
    took: after.took - before.took,
    server: after.server - before.server,
    postgres: after.postgres - before.postgres,
    command: after.command - before.command,
  };
}

/**
 * Runs `lanyard import` on the database of the server; returns its highest resident memory in MB. `flags`: of Node.js. `ends`: exit codes that are no failure.
 * @param {import('./lanyard.mjs').Lanyard} server @param {readonly string[]} words @param {{ flags?: readonly string[], ends?: readonly number[] }} [options]
 */
export async function importAll(server, words, { flags = [], ends = [0] } = {}) {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], DATA_DIR: server.dataDir };
  const child = spawn(process.execPath, [...flags, join(dist, 'cli/main.js'), 'import', ...words], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let highest = 0;
  const looking = setInterval(() => {
    try {
      highest = memoryOf(child.pid ?? 0).highest || highest;
    } catch {
      // It has ended.
    }
  }, 100);
  const [code] = await once(child, 'exit');
  clearInterval(looking);
  if (!ends.includes(code)) throw new Error(`lanyard import ${words.join(' ')} ended with ${code}`);
  return highest;
}

/**
 * COPY of the rows of tables into tables with the same indexes, which are removed again; `folder` holds the rows meanwhile.
 * @param {import('./lanyard.mjs').Lanyard} server @param {import('pg').Client} client @param {{ folder: string, tables: readonly string[] }} what
 */
export async function bareCopy(server, client, { folder, tables }) {
  const path = join(folder, 'rows');
  const whole = { took: 0, server: 0, postgres: 0, command: 0 };
  for (const table of tables) {
    await pipeline(client.query(to(`COPY ${table} TO STDOUT`)), createWriteStream(path));
    await client.query(`CREATE TABLE bench_bare (LIKE ${table} INCLUDING ALL)`);
    const cost = await costOf(server, () =>
      pipeline(createReadStream(path), client.query(from('COPY bench_bare FROM STDIN'))),
    );
    await client.query('DROP TABLE bench_bare');
    for (const part of /** @type {(keyof Cost)[]} */ (Object.keys(whole))) whole[part] += cost[part];
  }
  rmSync(path);
  return whole;
}

/** @param {Cost} cost @param {readonly ('server' | 'postgres' | 'command')[]} parts */
export const cpu = (cost, parts) => parts.map((part) => `${cost[part].toFixed(1)} s`).join(' + ');

/** @param {number} value @param {number} least */
export const atLeast = (value, least) => ({ value: value.toFixed(2), target: `>= ${least}` });
