// @ts-check
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { dist } from '../scripts/paths.mjs';
import { adminPassword, freePort, Lanyard, withDataDir } from './lanyard.mjs';
import { generateLoad } from './load-generator.mjs';
import { anObservation } from './patients.mjs';

const stored = 200;
/** More than anybody stores here. */
const limits = { resources: 1e9, bytes: 1e12 };
/** Milliseconds in which servers know a limit and have counted what is stored. */
const known = 8_000;

export const ownPath = '/fhir/r4';
export const tenantPath = '/t/plain/fhir/r4';
export const limitedPath = '/t/limited/fhir/r4';

/** How a server is started: with tenants, as a role that owns nothing, and with further variables and settings of PostgreSQL. @typedef {{ TENANTS: 'off' | 'path', isBelted?: boolean, variables?: Record<string, string>, settings?: Record<string, string> }} Kind */
/** @typedef {{ server: Lanyard, token: string, path: string, ids: string[] }} Side */

/**
 * Runs `work` with a server of each kind. All begin with copies of the same files: the same rows of `default`, of a tenant and of one with limits, and the
 * views of the second belt.
 * @template T @param {readonly Kind[]} kinds @param {(servers: readonly Lanyard[]) => Promise<T>} work @returns {Promise<T>}
 */
export function withServers(kinds, work) {
  // Each one listens to the end of this process.
  process.setMaxListeners(0);
  return withDataDir(async (folder) => {
    const first = join(folder, 'first');
    await withServer(first, { TENANTS: 'path', isBelted: true }, fill);
    return nested(kinds, folder, [], work);
  });
}

/** @template T @param {readonly Kind[]} kinds @param {string} folder @param {readonly Lanyard[]} servers @param {(servers: readonly Lanyard[]) => Promise<T>} work @returns {Promise<T>} */
function nested([kind, ...rest], folder, servers, work) {
  if (!kind) return work(servers);
  const own = join(folder, `copy-${servers.length}`);
  // PostgreSQL runs as another user, who has to own its files.
  execFileSync('cp', ['-a', join(folder, 'first'), own]);
  return withServer(own, kind, (server) => nested(rest, folder, [...servers, server], work));
}

/** A PostgreSQL of its own for each server, which is asked by nobody else. @template T @param {string} dataDir @param {Kind} kind @param {(server: Lanyard) => Promise<T>} work @returns {Promise<T>} */
export async function withServer(dataDir, { TENANTS, isBelted = false, variables, settings = {} }, work) {
  const { startEmbeddedPostgres } = await import(
    pathToFileURL(join(dist, 'database/embedded/embedded-postgres.js')).href
  );
  const postgres = await startEmbeddedPostgres({ dataDir, log: () => undefined, settings });
  const url = (/** @type {string} */ user) =>
    `postgres://${user}@/lanyard?host=${encodeURIComponent(postgres.connection.host)}`;
  const roles = isBelted
    ? { DATABASE_URL: url('lanyard_server:bench'), MIGRATION_DATABASE_URL: url('lanyard') }
    : { DATABASE_URL: url('lanyard') };
  try {
    if (isBelted) await makeRole(url('lanyard'));
    const server = await Lanyard.start(dataDir, {
      port: await freePort(),
      variables: { TENANTS, ...roles, ...variables },
    });
    try {
      return await work(server);
    } finally {
      await server.stop();
    }
  } finally {
    await postgres.stop();
  }
}

/** @param {string} url */
async function makeRole(url) {
  const { Client } = await import('pg');
  const client = new Client(url);
  await client.connect();
  const { rows } = await client.query(`SELECT FROM pg_roles WHERE rolname = 'lanyard_server'`);
  if (rows.length === 0) await client.query(`CREATE ROLE lanyard_server LOGIN PASSWORD 'bench'`);
  await client.end();
}

/** @param {Lanyard} server */
async function fill(server) {
  await server.query(`UPDATE user_account SET grants = grants || ' operator/*.cruds'`);
  const operator = await logIn(server, ownPath);
  for (const name of ['plain', 'limited'])
    await send(`${server.origin}/admin/tenants`, operator, 'POST', {
      name,
      administrator: 'admin',
      password: adminPassword,
    });
  await send(`${server.origin}/admin/tenants/limited`, operator, 'PATCH', { limits });
  for (const path of [ownPath, tenantPath, limitedPath]) {
    const token = await logIn(server, path);
    const job = { method: 'POST', count: stored, connections: 4, expect: 201, ...createsAt(path) };
    const { wrong } = await generateLoad({ ...job, origin: server.origin, tokens: [token] });
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
  }
  await new Promise((resolve) => setTimeout(resolve, known));
  await server.query('VACUUM ANALYZE');
}

/** @param {string} path */
export const createsAt = (path) => ({
  paths: [`${path}/Observation`],
  bodies: Array.from({ length: 500 }, (_, n) => JSON.stringify(anObservation(n))),
});

/** One of the servers at one of its addresses. @param {Lanyard} server @param {string} path @returns {Promise<Side>} */
export async function sideOf(server, path) {
  const token = await logIn(server, path);
  const found = await fetch(`${server.origin}${path}/Observation?_count=${stored}&_elements=id`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const bundle = /** @type {{ entry: { resource: { id: string } }[] }} */ (await found.json());
  const ids = bundle.entry.map(({ resource }) => resource.id).toSorted();
  if (ids.length !== stored) throw new Error(`${ids.length} Observations were found.`);
  return { server, token, path, ids };
}

/** A new tenant is known after a while. @param {Lanyard} server @param {string} path */
async function logIn({ origin }, path) {
  const authorization = `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}`;
  for (let attempt = 0; attempt < 100; attempt++) {
    const answer = await fetch(`${origin}${path}/login`, { method: 'POST', headers: { authorization } });
    const said = /** @type {{ access_token: string }} */ (await answer.json());
    if (answer.status === 200) return said.access_token;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`There is no login at ${path}.`);
}

/** @param {string} url @param {string} token @param {string} method @param {object} body */
async function send(url, token, method, body) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const answer = await fetch(url, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
  await answer.text();
}
