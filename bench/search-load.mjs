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

/** As {@link loadPopulation}, into several databases. @param {readonly Target[]} targets @param {string} base @param {number} count */
export async function loadPopulations(targets, base, count) {
  const maker = await rowMaker(base);
  const onEach = (/** @type {(target: Target, n: number) => Promise<unknown>} */ work) =>
    Promise.all(targets.map(work));
  const from = performance.now();
  await onEach(({ client }) => client.query(`SET synchronous_commit = off; SET maintenance_work_mem = '512MB'`));
  const indexes = await Promise.all(targets.map(({ client }) => dropIndexes(client)));
  const stored = await storeRows(targets, maker, count);
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
  const sortSlots = new slots.SortSlots();
  const makerOf = (/** @type {number} */ tenant) => {
    const within = (/** @type {() => any} */ work) => context.asTenant({ tenant, name: '' }, work);
    const form = within(() => new forms.IndexForm(...formArguments));
    const rows = new row.ResourceRows(new columns.IndexColumns(resourceIndexer, sortSlots, form));
    return {
      build: (/** @type {object} */ change) => within(() => rows.build(change).json),
      insertStatement: (/** @type {readonly string[]} */ chunk, /** @type {Set<string>} */ types) => {
        const { text, values } = statements.insertStatement(
          { json: `[${chunk.join(',')}]`, types: [...types] },
          { generation: 1, form: form.id },
        );
        return within(() => bound.bindTenant(text, values));
      },
    };
  };
  /** @type {Map<number, ReturnType<typeof makerOf>>} */
  const makers = new Map();
  return (tenant = 1) => {
    const maker = makers.get(tenant) ?? makerOf(tenant);
    makers.set(tenant, maker);
    return maker;
  };
}

/** As the server under measurement has it, so that it takes the rows for its own. */
const formArguments = [{ added: [] }, { referentialIntegrity: false, timeZone: 'UTC' }];

/** Form of the rows of a tenant. @param {number} tenant @returns {Promise<{ id: string, definitions: object }>} */
export async function formOf(tenant) {
  const [{ IndexForm }, { asTenant }] = await Promise.all(
    ['fhir/storage/indexing/forms/index-form.js', 'database/tenant.js'].map(
      (file) => import(pathToFileURL(join(dist, file)).href),
    ),
  );
  return asTenant({ tenant, name: '' }, () => new IndexForm(...formArguments));
}

/** The next chunk is made while PostgreSQL stores the one before. @param {readonly Target[]} targets @param {Awaited<ReturnType<typeof rowMaker>>} makerOf @param {number} count */
async function storeRows(targets, makerOf, count) {
  let stored = 0;
  /** By target. @type {string[][]} */
  const chunks = targets.map(() => []);
  const types = new Set();
  /** @type {Promise<unknown>} */
  let running = Promise.resolve();
  const send = async () => {
    await running;
    const place = placeOf(stored - 1);
    running = Promise.all(
      targets.map(({ client, tenantOf }, n) =>
        client.query(makerOf(tenantOf?.(place)).insertStatement(chunks[n] ?? [], types)),
      ),
    );
    for (const n of chunks.keys()) chunks[n] = [];
    types.clear();
  };
  // A millisecond after the one before, and none in the future: later pages leave out what was changed after the first one.
  const began = Date.now() - 2 * count;
  for (const resource of aPopulation(count)) {
    const lastUpdated = new Date(began + stored++).toISOString();
    const change = { kind: 'create', type: resource.resourceType, id: resource.id, resource };
    types.add(resource.resourceType);
    const built = { index: 0, change, next: { versionId: 1, lastUpdated, created: true }, tells: true };
    for (const [n, { tenantOf }] of targets.entries())
      chunks[n]?.push(makerOf(tenantOf?.(placeOf(stored - 1))).build(built));
    // A chunk is of one tenant.
    if (chunks[0]?.length === rowsOfChunk || stored % placeSize === 0) await send();
  }
  if (chunks[0]?.length) await send();
  await running;
  return stored;
}

const placeOf = (/** @type {number} */ index) => Math.floor(index / placeSize);

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
