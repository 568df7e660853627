// @ts-check
import { BothSides, costRow, ratioRow } from './both-sides.mjs';
import { freePort, withLanyard } from './lanyard.mjs';
import { aPatient } from './patients.mjs';
import { cpuOf, cpuOfFamily } from './process-cost.mjs';
import { setTimeout as sleep } from 'node:timers/promises';
import { inUnits, median, printTable } from './table.mjs';

const rounds = 9;
const warmUpRounds = 2;
const count = 4000;
const connections = 32;

/** Milliseconds of rest in which the server makes AuditEvents of what waits. */
const rest = 10_000;

/**
 * Measures what the audit costs reads: two servers that differ in AUDIT alone, in turns. Sealing in the background
 * meanwhile counts too; most sealing comes afterwards, and is measured apart.
 */
export async function benchAudit() {
  const sides = await Promise.all(['on', 'off'].map(async (audit) => ({ audit, port: await freePort() })));
  const [on, off] = sides.map(({ audit, port }) => ({ port, variables: { AUDIT: audit } }));
  await withLanyard((audited) => withLanyard((plain) => compare(audited, plain), off), on);
}

/** @param {import('./lanyard.mjs').Lanyard} audited @param {import('./lanyard.mjs').Lanyard} plain */
async function compare(audited, plain) {
  const sides = await Promise.all([audited, plain].map(prepare));
  /** @type {import('./both-sides.mjs').Cost[][]} */
  const costs = [[], []];
  for (let round = 0; round < warmUpRounds + rounds; round++) {
    for (const [i, { server, path }] of sides.entries()) {
      const cost = await server.cost({ method: 'GET', paths: [path], count, connections, expect: 200 });
      if (round >= warmUpRounds) costs[i]?.push(cost);
    }
  }
  const [on = [], off = []] = costs;
  const slower = median(on.map(({ wall }, round) => wall / (off[round]?.wall ?? NaN)));
  printTable(`audit: GET Patient/{id}, ${connections} connections, ${rounds} rounds of ${count}`, [
    costRow('CPU per read, AUDIT=on', on),
    costRow('CPU per read, AUDIT=off', off),
    ratioRow('ratio of CPU', on, off, 1.25),
    {
      what: 'ratio of time per read',
      value: slower.toFixed(2),
      target: `<= 1.25: ${slower <= 1.25 ? 'met' : 'missed'}`,
    },
    await sealing(audited),
  ]);
}

/** Measures the background cost of one read's AuditEvent, once there is room. @param {import('./lanyard.mjs').Lanyard} lanyard */
async function sealing(lanyard) {
  const { pid, postgres } = lanyard;
  const sealed = async () => Number((await lanyard.query('SELECT position FROM audit_chain'))[0].position);
  const spent = async () => [cpuOf(pid), cpuOfFamily(postgres.pid), await sealed()];
  const [server = 0, database = 0, made = 0] = await spent();
  await sleep(rest);
  const [serverAfter = 0, databaseAfter = 0, madeAfter = 0] = await spent();
  const each = (/** @type {number} */ seconds) => ((seconds * 1000) / (madeAfter - made)).toFixed(2);
  const sides = `server ${each(serverAfter - server)}, PostgreSQL ${each(databaseAfter - database)}`;
  const both = serverAfter - server + databaseAfter - database;
  return {
    what: `CPU per AuditEvent made afterwards (${sides})`,
    value: inUnits((both * 1000) / (madeAfter - made), 'ms', 2),
  };
}

/** @param {import('./lanyard.mjs').Lanyard} lanyard */
async function prepare(lanyard) {
  const server = new BothSides(lanyard, await lanyard.logIn());
  const headers = { 'content-type': 'application/fhir+json' };
  const made = await server.fetch('Patient', { method: 'POST', headers, body: JSON.stringify(aPatient(1)) });
  const { id } = /** @type {{ id: string }} */ (await made.json());
  return { server, path: `/fhir/r4/Patient/${id}` };
}
