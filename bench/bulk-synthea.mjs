// @ts-check
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { atLeast, bareCopy, costOf, cpu, importAll } from './import-run.mjs';
import { withLanyard } from './lanyard.mjs';
import { folderOfSynthea } from './synthea.mjs';
import { printTable } from './table.mjs';

/** Bundles of 62,092 resources. */
const set = 'smart-r4-2019';
/** Resources a second that each level of validation aims at. */
const aims = { structure: 10_000, strict: 6000 };
const leastOfCopy = 0.35;

/** `lanyard import` of the bundles of Synthea, with each level of validation into an empty server, beside bare COPY of the same rows. */
export async function benchSynthea() {
  const folder = join(folderOfSynthea(), set);
  if (!existsSync(folder)) {
    console.log(`\nbulk: skipped, there is no ${set}; SYNTHEA_DIR names the folder that holds it.`);
    return;
  }
  for (const level of /** @type {const} */ (['structure', 'strict']))
    await withLanyard((server) => measure(server, folder, level));
}

/** @param {import('./lanyard.mjs').Lanyard} server @param {string} folder @param {keyof typeof aims} level */
async function measure(server, folder, level) {
  const rows = join(server.dataDir, 'bulk');
  mkdirSync(rows);
  const errors = join(rows, 'errors.ndjson');
  const client = new Client(server.postgres.connection);
  await client.connect();
  try {
    let memory = NaN;
    const words = [folder, '--validate', level, '--errors', errors];
    // 1: some were not stored, and are counted below.
    const cost = await costOf(server, async () => (memory = await importAll(server, words, { ends: [0, 1] })));
    const failed = readFileSync(errors, 'utf8').split('\n').length - 1;
    const { tables, resources } = await stored(client);
    const bare = await bareCopy(server, client, { folder: rows, tables });
    printTable(`bulk: ${resources} resources of Synthea, --validate ${level}`, [
      {
        what: 'lanyard import',
        value: `${(resources / cost.took).toFixed(0)} resources/s`,
        target: `aim ${aims[level]}`,
      },
      { what: '  took', value: `${cost.took.toFixed(1)} s` },
      { what: '  not stored', value: String(failed) },
      { what: '  as a part of bare COPY', ...atLeast(bare.took / cost.took, leastOfCopy) },
      { what: '  CPU of the command and PostgreSQL', value: cpu(cost, ['command', 'postgres']) },
      { what: '  resident memory of the command', value: `${memory.toFixed(0)} MB` },
      {
        what: 'bare COPY into tables with the same indexes',
        value: `${(resources / bare.took).toFixed(0)} resources/s`,
      },
      { what: '  CPU of this process and PostgreSQL', value: cpu(bare, ['command', 'postgres']) },
    ]);
  } finally {
    await client.end();
  }
}

/** Partitions that have rows, without those of the audit; and their rows. @param {Client} client */
async function stored(client) {
  const { rows } = await client.query(
    `SELECT tableoid::regclass::text AS name, count(*)::integer AS count FROM resource WHERE type <> 'AuditEvent' GROUP BY 1`,
  );
  return {
    tables: rows.map(({ name }) => String(name)),
    resources: rows.reduce((sum, { count }) => sum + Number(count), 0),
  };
}
