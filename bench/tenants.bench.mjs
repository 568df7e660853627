// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';
import { compareServers } from './extensions.bench.mjs';
import { withLanyard } from './lanyard.mjs';

const path = { variables: { TENANTS: 'path' } };
/** Milliseconds until a server knows a limit and has counted what is stored. */
const known = 8_000;

/** Single reads and creates on three servers in turns: without tenants, with them, and of a tenant with limits of what it stores (docs/adr/0079). */
export function benchTenants() {
  return withLanyard((off) =>
    withLanyard(
      (on) =>
        withLanyard(async (limited) => {
          await limited.query(
            `UPDATE tenant SET limits = '{"resources": 1000000000, "bytes": 1000000000000}', generation = generation + 1`,
          );
          await sleep(known);
          await compareServers('tenants', [
            { what: 'TENANTS=off, median', server: off },
            { what: 'TENANTS=path, ratio', server: on, target: '<= 1.05' },
            { what: 'with limits of resources and bytes, ratio', server: limited },
          ]);
        }, path),
      path,
    ),
  );
}
