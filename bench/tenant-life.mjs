// @ts-check
import { cpuOf } from './process-cost.mjs';
import { adminPassword, freePort, Lanyard, withDataDir } from './lanyard.mjs';
import { inUnits, median, printTable } from './table.mjs';

const made = 20;
const many = 10_000;
/** Milliseconds between two questions whether a server knows a new tenant. */
const again = 100;

/** What each new tenant has by `firstRows` (src/fhir/storage/first-rows.ts). */
const firstRows = [
  `INSERT INTO tenant (tenant, name, state, generation)
   SELECT n, 'many-' || n, 'active', n FROM generate_series((SELECT max(tenant) + 1 FROM tenant), $1::integer) AS n`,
  ...[
    [`search_definition (tenant, generation, revision, settled)`, '1, 1, 1'],
    [`index_form (tenant, form, definitions)`, `'', '{}'`],
    [`access_policy_state (tenant, generation)`, '1'],
    [`audit_chain (tenant, position, hash, erased_position, erased_hash)`, `0, '', 0, ''`],
    [`consent_reading (tenant, revision, at_id)`, `0, ''`],
    [`tenant_usage (tenant, counted)`, 'now()'],
  ].map(
    ([into, values]) =>
      `INSERT INTO ${into} SELECT tenant, ${values} FROM tenant WHERE tenant <= $1 ON CONFLICT DO NOTHING`,
  ),
];

/** Makes the tenants `many-2` to `many-<last>`, without people. @param {Lanyard} server @param {number} last */
export async function makeTenants(server, last) {
  for (const statement of firstRows) await server.query(statement, [last]);
}

/** Tenants are made, asked for the first time, and left alone; and a server starts with ten thousand of them. */
export function benchTenantLife() {
  return withDataDir(async (dataDir) => {
    const port = await freePort();
    const variables = { TENANTS: 'path' };
    let server = await Lanyard.start(dataDir, { port, variables });
    try {
      await server.query(`UPDATE user_account SET grants = grants || ' operator/*.cruds'`);
      const token = await server.logIn();
      /** @type {{ create: number, first: number, cpu: number }[]} */
      const times = [];
      for (let n = 0; n < made; n++) times.push(await live(server, token, `life-${n}`));
      await server.stop();
      server = await Lanyard.start(dataDir, { port, variables });
      const few = server.startedIn;
      await makeTenants(server, many);
      await server.stop();
      server = await Lanyard.start(dataDir, { port, variables });
      const middle = (/** @type {'create' | 'first' | 'cpu'} */ what) =>
        inUnits(median(times.map((one) => one[what])), 'ms');
      printTable('tenants: life', [
        { what: 'creating one, median', value: middle('create'), target: '< 500 ms' },
        { what: 'first answer of a cold one, median', value: middle('first'), target: '< 100 ms' },
        { what: 'CPU of the server for it, median', value: middle('cpu') },
        { what: `start with ${made} tenants`, value: inUnits(few, 's', 2) },
        { what: `start with ${many} tenants`, value: inUnits(server.startedIn, 's', 2), target: '< 3 s' },
      ]);
    } finally {
      await server.stop();
    }
  });
}

/** @param {Lanyard} server @param {string} token @param {string} name */
async function live(server, token, name) {
  const began = performance.now();
  const answer = await fetch(`${server.origin}/admin/tenants`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name, administrator: 'admin', password: adminPassword }),
  });
  if (answer.status !== 201) throw new Error(await answer.text());
  await answer.text();
  const create = performance.now() - began;
  for (;;) {
    const [asked, before] = [performance.now(), cpuOf(server.pid)];
    const first = await fetch(`${server.origin}/t/${name}/fhir/r4/.well-known/smart-configuration`);
    await first.text();
    if (first.status === 200)
      return { create, first: performance.now() - asked, cpu: (cpuOf(server.pid) - before) * 1000 };
    await new Promise((resolve) => setTimeout(resolve, again));
  }
}
