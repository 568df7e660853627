// @ts-check
import { join } from 'node:path';
import { Client } from 'pg';
import { queries, subjectsOf } from './many-tenants-queries.mjs';
import { formOf, loadPopulations } from './search-load.mjs';
import { patientsOf, patientsOfPlace } from './search-records.mjs';
import { makeTenants } from './tenant-life.mjs';
import { withServer } from './tenant-sides.mjs';

/** @typedef {import('./issuer.mjs').Issuer} Issuer */
/** @typedef {import('./lanyard.mjs').Lanyard} Lanyard */
/** Resources of a population in one tenant, or with a tenant for each hospital. @typedef {'one' | 'many'} Kind */
/** `pathsOf` and `tokens`: of the n-th request. @typedef {{ kind: Kind, server: Lanyard, tokens: string[], pathsOf: (query: import('./many-tenants-queries.mjs').Query) => string[] }} Side */

/** The first one is `default`. */
const firstTenant = 2;

/** The tenant has the form of its rows, and else the definitions of `default`, as if its server had been open before. @param {number} tenant */
async function asOpened(tenant) {
  const { id, definitions } = await formOf(tenant);
  return [
    `INSERT INTO index_form (tenant, form, definitions) VALUES (${tenant}, '${id}', '${JSON.stringify(definitions)}') ON CONFLICT DO NOTHING`,
    `UPDATE search_definition AS s SET (form, generation, revision, settled) = ('${id}', d.generation, d.revision, d.settled)
     FROM search_definition AS d WHERE d.tenant = 1 AND s.tenant = ${tenant}`,
  ];
}

const kindOf = (/** @type {Issuer | undefined} */ issuer) => ({
  TENANTS: /** @type {const} */ ('path'),
  variables: { AUDIT: 'off', ...(issuer && { TRUSTED_ISSUERS: issuer.trusted }) },
  // A quarter of a small machine, as PostgreSQL advises: with the 64 MB of a server that is tried out, reads of files are what is measured.
  settings: { shared_preload_libraries: 'pg_stat_statements', shared_buffers: '1GB' },
});

/** @param {string} folder @param {number} count */
export const fillBoth = (folder, count) =>
  withServer(join(folder, 'one'), kindOf(undefined), (one) =>
    withServer(join(folder, 'many'), kindOf(undefined), async (many) => {
      const places = Math.ceil(patientsOf(count) / patientsOfPlace);
      await makeTenants(one, firstTenant);
      await makeTenants(many, firstTenant + places - 1);
      for (let place = 0; place < places; place++) {
        const statements = await asOpened(firstTenant + place);
        for (const server of place === 0 ? [one, many] : [many])
          for (const statement of statements) await server.query(statement);
      }
      const clients = [one, many].map(({ postgres }) => new Client(postgres.connection));
      try {
        for (const client of clients) {
          await client.connect();
          await client.query('CREATE EXTENSION pg_stat_statements');
          await client.query(`ALTER SYSTEM SET pg_stat_statements.track = 'none'`);
        }
        const targets = clients.map((client, n) => ({
          client,
          tenantOf: (/** @type {number} */ place) => firstTenant + (n === 0 ? 0 : place),
        }));
        const { stored, seconds } = await loadPopulations(targets, one.base, count);
        console.log(`many-tenants: ${stored} resources of ${places} hospitals, twice, in ${seconds.toFixed(0)} s`);
      } finally {
        for (const client of clients) await client.end();
      }
    }),
  );

/** @param {{ folder: string, issuer: Issuer, count: number }} stored @param {boolean} isTurned @param {(sides: Side[]) => Promise<void>} work */
export function withSides({ folder, issuer, count }, isTurned, work) {
  const subjects = subjectsOf(count);
  /** @type {(kind: Kind, server: Lanyard) => Promise<Side>} */
  const sideOf = async (kind, server) => {
    const bases = subjects.map(({ place }) => `/t/many-${kind === 'one' ? firstTenant : firstTenant + place}/fhir/r4`);
    const tokens = bases.map((base) => issuer.token(server.origin + base, 'user/*.rs', 'caller'));
    /** @type {Map<string, string[]>} */
    const paths = new Map();
    for (const { what, path, isPaged } of queries) {
      const first = subjects.map((subject, n) => `${bases[n]}/${encodeURI(path(subject)).replaceAll('|', '%7C')}`);
      paths.set(what, isPaged ? await laterPages(server, { first, tokens }) : first);
    }
    return { kind, server, tokens, pathsOf: ({ what }) => paths.get(what) ?? [] };
  };
  /** @type {[Kind, Kind]} */
  const [first, second] = isTurned ? ['many', 'one'] : ['one', 'many'];
  return withServer(join(folder, first), kindOf(issuer), (firstServer) =>
    withServer(join(folder, second), kindOf(issuer), async (secondServer) =>
      work([await sideOf(first, firstServer), await sideOf(second, secondServer)]),
    ),
  );
}

/**
 * The second page of each search; of searches that are equal, each the page after the one before. So both sides read as many rows: one page again
 * and again stays in the caches of the processor.
 * @param {Lanyard} server @param {{ first: string[], tokens: string[] }} asked
 */
async function laterPages(server, { first, tokens }) {
  /** @type {string[]} */
  const pages = [];
  for (const [n, path] of first.entries()) {
    const before = path === first[n - 1] ? (pages.at(-1) ?? path) : path;
    const answer = await fetch(server.origin + before, { headers: { authorization: `Bearer ${tokens[n]}` } });
    const { link } = /** @type {any} */ (await answer.json());
    const next = link?.find((/** @type {any} */ { relation }) => relation === 'next');
    if (!next) throw new Error(`${before} has no next page.`);
    const { pathname, search } = new URL(next.url);
    pages.push(pathname + search);
  }
  return pages;
}
