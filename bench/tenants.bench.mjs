// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';
import { compareServers } from './extensions.bench.mjs';
import { freePort, Lanyard, withLanyard } from './lanyard.mjs';
import { benchTenantLife } from './tenant-life.mjs';

const path = { variables: { TENANTS: 'path' } };
/** Milliseconds until a server knows a limit and has counted what is stored. */
const known = 8_000;

/**
 * Single reads and creates on four servers in turns: without tenants, with them, with the second belt (docs/adr/0071), and of a tenant with
 * limits of what it stores (docs/adr/0079). Before that, how long it takes to make a tenant, to open its server, and to start with many.
 */
export async function benchTenants() {
  await benchTenantLife();
  await withLanyard((off) =>
    withLanyard(
      (on) =>
        withBelt((belted) =>
          withLanyard(async (limited) => {
            await limited.query(
              `UPDATE tenant SET limits = '{"resources": 1000000000, "bytes": 1000000000000}', generation = generation + 1`,
            );
            await sleep(known);
            await compareServers('tenants', [
              { what: 'TENANTS=off, median', server: off },
              { what: 'TENANTS=path, ratio', server: on, target: '<= 1.05' },
              { what: 'with the second belt, ratio', server: belted, target: '<= 1.10' },
              { what: 'with limits of resources and bytes, ratio', server: limited },
            ]);
          }, path),
        ),
      path,
    ),
  );
}

/** A server whose role owns nothing, on the PostgreSQL of another one that has nothing to do. @template T @param {(server: Lanyard) => Promise<T>} work @returns {Promise<T>} */
function withBelt(work) {
  return withLanyard(async (owner) => {
    await owner.query(`CREATE ROLE lanyard_server LOGIN PASSWORD 'bench'`);
    const { host } = owner.postgres.connection;
    const url = (/** @type {string} */ user) => `postgres://${user}@/lanyard?host=${encodeURIComponent(host ?? '')}`;
    const belted = await Lanyard.start(owner.dataDir, {
      port: await freePort(),
      variables: {
        ...path.variables,
        DATABASE_URL: url('lanyard_server:bench'),
        MIGRATION_DATABASE_URL: url('lanyard'),
      },
    });
    try {
      return await work(belted);
    } finally {
      await belted.stop();
    }
  });
}
