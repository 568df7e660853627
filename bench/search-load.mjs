// @ts-check
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Client } from 'pg';
import { dist } from '../scripts/paths.mjs';
import { aPopulation, placeSize } from './search-records.mjs';

const rowsOfChunk = 500;

/** Where a population is stored: with the tenant of each hospital, `default` without one. @typedef {{ client: Client, tenantOf?: (place: number) => number }} Target */

/**
 * Stores a population: rows that the server's own code makes, indexed, by its own statement, without HTTP, validation and
 * a search index to keep up to date for each row; those are built at the end, as a restore does. Returns what it took.
 * @param {import('./lanyard.mjs').Lanyard} server @param {number} count
 */
export async function loadPopulation(server, count) {
  const client = new Client(server.postgres.connection);
  await client.connect();
  try {
    const took = await loadPopulations([{ client }], server.base, count);
    return { ...took, size: await sizeOf(client) };
  } finally {
    await client.end();
  }
}

/** As {@link loadPopulation}, into several databases: each row is made once. @param {readonly Target[]} targets @param {string} base @param {number} count */
export async function loadPopulations(targets, base, count) {
  const maker = await rowMaker(base);
  const onEach = (/** @type {(target: Target, n: number) => Promise<unknown>} */ work) =>
    Promise.all(targets.map(work));
  const from = performance.now();
  await onEach(({ client }) => client.query(`SET synchronous_commit = off; SET maintenance_work_mem = '512MB'`));
  const indexes = await Promise.all(targets.map(({ client }) => dropIndexes(client)));
  const stored = await storeRows(targets, aPopulation(count), maker);
  const rowsIn = (performance.now() - from) / 1000;
  await onEach(async ({ client }, n) => {
    for (const definition of indexes[n] ?? []) await client.query(definition);
    await client.query('VACUUM (ANALYZE) resource');
  });
  return { stored, rowsIn, seconds: (performance.now() - from) / 1000 };
}

/** @param {string} base */
async function rowMaker(base) {
  const from = (/** @type {string} */ file) => import(pathToFileURL(join(dist, file)).href);
  const [indexer, parameters, slots, columns, forms, row, statements, bound, context] = await Promise.all([
    from('r4/search/index/resource-indexer.js'),
    from('r4/search/parameters/search-parameters.js'),
    from('fhir/storage/searching/sort-slots.js'),
    from('fhir/storage/indexing/index-columns.js'),
    from('fhir/storage/indexing/forms/index-form.js'),
    from('fhir/storage/writing/resource-row.js'),
    from('fhir/storage/writing/statements/row-statements.js'),
    from('fhir/storage/session/tenant-parameter.js'),
    from('database/tenant.js'),
  ]);
  const resourceIndexer = new indexer.ResourceIndexer(new parameters.SearchParameters(), { base, timeZone: 'UTC' });
  // As the server under measurement has it, so that it takes the rows for its own.
  const form = new forms.IndexForm({ added: [] }, { referentialIntegrity: false, timeZone: 'UTC' });
  return {
    rows: new row.ResourceRows(new columns.IndexColumns(resourceIndexer, new slots.SortSlots(), form)),
    insertStatement: (/** @type {readonly string[]} */ chunk, /** @type {Set<string>} */ types, tenant = 1) => {
      const { text, values } = statements.insertStatement(
        { json: `[${chunk.join(',')}]`, types: [...types] },
        { generation: 1, form: form.id },
      );
      return context.asTenant({ tenant, name: '' }, () => bound.bindTenant(text, values));
    },
  };
}

/** The next chunk is made while PostgreSQL stores the one before. @param {readonly Target[]} targets @param {Iterable<import('./search-records.mjs').StoredResource>} population @param {Awaited<ReturnType<typeof rowMaker>>} maker */
async function storeRows(targets, population, { rows, insertStatement }) {
  let stored = 0;
  /** @type {string[]} */
  let chunk = [];
  const types = new Set();
  /** @type {Promise<unknown>} */
  let running = Promise.resolve();
  const send = async () => {
    await running;
    const place = Math.floor((stored - 1) / placeSize);
    running = Promise.all(
      targets.map(({ client, tenantOf }) => client.query(insertStatement(chunk, types, tenantOf?.(place)))),
    );
    chunk = [];
    types.clear();
  };
  const began = Date.now();
  for (const resource of population) {
    const lastUpdated = new Date(began + stored++).toISOString();
    const change = { kind: 'create', type: resource.resourceType, id: resource.id, resource };
    types.add(resource.resourceType);
    chunk.push(rows.build({ index: 0, change, next: { versionId: 1, lastUpdated, created: true }, tells: true }).json);
    // A chunk is of one tenant.
    if (chunk.length === rowsOfChunk || stored % placeSize === 0) await send();
  }
  if (chunk.length > 0) await send();
  await running;
  return stored;
}

/** Their definitions: of those that no constraint needs. @param {Client} client @returns {Promise<string[]>} */
async function dropIndexes(client) {
  const { rows } = await client.query(`
    SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition
    FROM pg_index AS i JOIN pg_class AS t ON t.oid = i.indrelid
    WHERE (t.oid = 'resource'::regclass OR t.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'resource'::regclass))
      AND NOT i.indisprimary AND i.indexrelid NOT IN (SELECT inhrelid FROM pg_inherits)`);
  for (const { name } of rows) await client.query(`DROP INDEX ${name}`);
  return rows.map(({ definition }) => definition.replace(' ON ONLY ', ' ON '));
}

/** @param {Client} client */
async function sizeOf(client) {
  const { rows } = await client.query(`SELECT pg_database_size(current_database())::float8 / 1e6 AS size`);
  return /** @type {number} */ (rows[0].size);
}
